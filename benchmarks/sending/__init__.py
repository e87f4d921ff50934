"""Sending measured: claims, messages, letters, webhooks, each beside a named peer."""
