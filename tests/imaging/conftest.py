from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkpipe.params import load_params
from inkpipe.params.preprocess import PreprocessParams

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def preprocess() -> PreprocessParams:
    """Sizing to 32 x 256 pixels and nothing else, whatever params.yaml says today."""
    plain = {
        "height": 32, "width": 256, "features": "pixels", "denoise": "none", "contrast": "none", "deskew": "none",
        "crop": "none", "deslant": "none", "core_height": 0.0, "stroke_width": 0.0,
    }  # fmt: skip
    return load_params(PROJECT / "params.yaml").preprocess.model_copy(update=plain)


@pytest.fixture(scope="session")
def write() -> Callable[..., np.ndarray]:
    """Black print on a white canvas: the constructed truth that estimates are held against."""

    def draw(text: str, *, height: int = 60, width: int = 420, baseline: int = 40, font: int = 0) -> np.ndarray:
        image = np.full((height, width), 255, np.uint8)
        return cv2.putText(image, text, (10, baseline), font, 1.0, 0, 2, cv2.LINE_AA)

    return draw
