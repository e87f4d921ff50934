"""Twilio by its official SDK: messages, calls, and what its callbacks say. Nothing else of the engine knows its words."""
