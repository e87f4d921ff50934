"""Partners' lists of any size with their truth, as the matching room receives them: for tests and benchmarks."""
