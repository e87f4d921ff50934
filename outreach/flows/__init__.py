"""The only place that chains the stages: plain in ``pipeline``, and as Prefect flows in the files beside it."""
