"""Stage 5: due contacts are done: each channel is an adapter of its own behind one outbox."""
