"""Matching: which rows are one person, which persons are one household; explained and reversible."""
