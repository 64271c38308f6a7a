"""The default distributions, which most of these tests draw from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inkpipe.params import load_params
from inkpipe.params.synthetic import SyntheticParams

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def synthetic_params() -> SyntheticParams:
    return load_params(ROOT / "params.yaml").data.synthetic


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
