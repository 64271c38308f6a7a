"""Keras and TensorFlow, imported with this project's settings: `from inkpipe.backend import keras, tf`.

All other modules import the two from here. A user's own settings, in `~/.keras/keras.json` or in the environment, would
otherwise change the image format, the number type or the kernels of a training, and with them its weights.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

from inkpipe.errors import InkpipeError
from inkpipe.keras_variables import BACKEND, IMPORT_VARIABLES, NUMERIC_VARIABLES

__all__ = ["keras", "tf"]

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # 0 shows everything, 3 nothing but fatal errors; a value that the user sets stays
# Lines that TensorFlow writes before it obeys its log level: all that only inform, and the warnings and errors that say
# which hardware it looked for. Nobody must act.
STARTUP_NOTES = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    r"|To enable the following instructions: "
    r"|(I\d{4} [\d:. ]*|\d{4}-\d\d-\d\d [\d:. ]*I )[\w./-]+\.cc:\d+\]"
    r"|([WE]\d{4} [\d:. ]*|\d{4}-\d\d-\d\d [\d:. ]*[WE] )([\w./-]*/)?(cudart_stub|cpu_feature_guard|cuda_platform"
    r"|cuda_fft|cuda_dnn|cuda_blas|cuda_executor|computation_placer)\.cc:\d+\]"
)


@contextmanager
def keras_defaults() -> Iterator[None]:
    """Keep the user's settings of Keras away while the block runs; the environment is the same again afterwards."""
    before = {name: os.environ.get(name) for name in IMPORT_VARIABLES}
    _set_variables(IMPORT_VARIABLES)
    try:
        yield
    finally:
        _set_variables(before)


@contextmanager
def without_startup_notes() -> Iterator[None]:
    """Hold back what the block writes to standard error, and write it afterwards without TensorFlow's start-up notes.

    C++ code writes to the file descriptor and not to `sys.stderr`, so the descriptor is what leads elsewhere meanwhile.
    A log level of 0 asks for everything, so nothing is held back.
    """
    if os.environ.setdefault(LOG_LEVEL, "3") == "0":
        yield
        return
    try:
        original = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    with TemporaryFile() as held:
        _flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(original, 2)
            os.close(original)
            _replay(held)


def settle() -> None:
    """Give Keras this project's settings, whoever imported it first.

    Raises:
        InkpipeError: Keras was imported before, with another backend.
    """
    if keras.config.backend() != BACKEND:
        raise InkpipeError(
            f"Keras runs on another backend than {BACKEND}. Received: {keras.config.backend()}. "
            "Import inkpipe before keras, or set KERAS_BACKEND=tensorflow."
        )
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_dtype_policy("float32")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)


def _set_variables(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def _replay(held: IO[bytes]) -> None:
    held.seek(0)
    kept = [line for line in held if not STARTUP_NOTES.match(line.decode(errors="replace"))]
    with os.fdopen(os.dup(2), "wb") as stream:
        stream.writelines(kept)


logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its warnings are of its caches, and need no action
_set_variables(dict.fromkeys(NUMERIC_VARIABLES))
with without_startup_notes(), keras_defaults():
    import keras
    import tensorflow as tf

settle()
