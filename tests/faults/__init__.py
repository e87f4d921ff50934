"""What happens when things break: processes killed, answers lost, quotas at their limit. Only loopback is ever spoken to."""
