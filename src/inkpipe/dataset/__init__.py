"""Prepared images: TFRecord shards, the worker that fills them, and the batches that feed a training."""
