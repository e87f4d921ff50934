"""A synthetic French town: the lists its partners send, and how its residents behave. Nobody in it exists."""
