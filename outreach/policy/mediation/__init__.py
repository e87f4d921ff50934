"""What a mediation is recorded in: its words and its actions."""
