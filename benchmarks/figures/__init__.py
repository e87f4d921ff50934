"""The parts of benchmarks/reporting.py."""
