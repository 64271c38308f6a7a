"""Variables of the environment that change what Keras and TensorFlow compute, and this project's values for them.

Importing this module loads neither, so that a process can be started with these values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

BACKEND = "tensorflow"
# Variables that are read while Keras is imported; None removes one. A home that is no folder holds no keras.json, so
# Keras starts with its defaults, and it leaves no file in the user's home.
IMPORT_VARIABLES: Mapping[str, str | None] = {
    "KERAS_HOME": os.devnull,
    "KERAS_BACKEND": BACKEND,
    "KERAS_MAX_EPOCHS": None,
    "KERAS_MAX_STEPS_PER_EPOCH": None,
    "KERAS_NNX_ENABLED": None,
    "TF_USE_LEGACY_KERAS": None,
    "MPLBACKEND": None,  # Keras imports Matplotlib, whose import fails at a name that it does not know
}
# Variables that change the numbers that TensorFlow computes. It reads some of them only at its first operation, so they
# are removed for the rest of the process. `train.threads` and `configure_determinism` set what params.yaml can set.
NUMERIC_VARIABLES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "TF_XLA_FLAGS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_ENABLE_AUTO_MIXED_PRECISION",
    "NVIDIA_TF32_OVERRIDE",
)


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is to run Keras as this project does.

    Args:
        environment: of a user.

    Returns:
        The same, with this project's values and without variables that change numbers.
    """
    values = {**environment, **IMPORT_VARIABLES, **dict.fromkeys(NUMERIC_VARIABLES)}
    return {name: value for name, value in values.items() if value is not None}
