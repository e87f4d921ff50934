"""A synthetic French town, the lists its partners send, and the behaviour of its residents. Nobody in it exists."""
