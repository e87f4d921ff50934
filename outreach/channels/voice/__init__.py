"""Calls: a mediator's by one click, and recorded messages for people who do not read. Without a provider, calls are a list."""
