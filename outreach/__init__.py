"""The engine of proactive mediation: the folders below are the pipeline, in the order of docs/tour.md."""

__version__ = "0.1.0"
