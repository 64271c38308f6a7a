"""Mixed precision: layers compute in 16 bits, their weights stay float32.

Micikevicius et al., "Mixed precision training" (2018). Under `mixed_float16` Keras scales the loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inkpipe.backend import keras, tf
from inkpipe.progress import say


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Build layers that compute in a precision while the block runs. Says so if no GPU makes it worth the loss.

    Args:
        precision: the name of a Keras dtype policy, such as float32 or mixed_float16.
    """
    before = keras.config.dtype_policy()
    if precision != before.name and not tf.config.list_physical_devices("GPU"):
        say(f"train.precision {precision}: there is no GPU, and on a CPU it is slower than float32")
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
