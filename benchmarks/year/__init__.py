"""A year of the network on a simulated clock: its shape, its files, its residents, and the measuring of the engine."""
