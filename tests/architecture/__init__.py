"""Rules about the shape of the house."""
