"""SMS: rendered, normalised, and sent once through a provider."""
