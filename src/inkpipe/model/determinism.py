"""Settings of TensorFlow that decide the low-order bits of a training. They must precede its first operation."""

from __future__ import annotations

from inkpipe.backend import tf


def configure_determinism(threads: int) -> None:
    """Fix the number of CPU threads and use deterministic kernels.

    Args:
        threads: for each of TensorFlow's two pools; 0 for one a core.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
