"""Parts of benchmarks/matching.py: the processes that are measured, and what their answers are worth."""
