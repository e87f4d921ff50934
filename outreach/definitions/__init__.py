"""What was agreed: agreements, campaigns, rules and messages, checked before anything runs."""
