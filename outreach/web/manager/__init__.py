"""What a manager works with: campaigns on their way and running, cases, replies, summaries."""
