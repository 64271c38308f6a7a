"""What TensorFlow is told before its first operation."""

from __future__ import annotations

import tensorflow as tf


def configure_runtime(threads: int) -> None:
    """Fix what decides the low-order bits: deterministic kernels and the number of CPU threads (0: all cores)."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
