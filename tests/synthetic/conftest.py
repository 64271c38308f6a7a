"""The default distributions, which most of these tests sample from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inkpipe.params import load_params

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def synthetic_params():
    return load_params(ROOT / "params.yaml").synthetic


@pytest.fixture
def rng():
    return np.random.default_rng(0)
