"""Blocking and comparing on a Spark cluster: what grows with the pairs is spread over many machines, the model is the same."""

from outreach.matching.spark.run import compared_on_spark

__all__ = ["compared_on_spark"]
