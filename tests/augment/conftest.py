from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.params.augment import AugmentParams


@pytest.fixture(scope="session")
def params():
    """Every distortion at a magnitude of its own, whatever params.yaml says today."""
    magnitudes = {
        "rotation": 1.5, "scaling": 0.1, "translation": 4.0, "slant": 8.0, "elastic": 1.5, "jitter": 0.6,
        "horizontal_stretch": 0.2, "pressure": 0.5, "stroke_gaps": 2.0, "ink_bleed": 3.0, "erasing": 4.0,
        "form_clutter": 5.0, "specks": 5.0, "blur": 0.7, "contrast": 0.3, "jpeg": 40.0,
    }  # fmt: skip
    return AugmentParams.model_validate(
        {
            "enabled": True,
            "frequency": 1.0,
            **{name: {"probability": 0.5, "magnitude": value} for name, value in magnitudes.items()},
        }
    )


@pytest.fixture(scope="session")
def written():
    """Draw a text, black on white, as large as in a sized image."""

    def draw(text="MARTIN", height=32, width=256):
        image = np.full((height, width), 255, np.uint8)
        return cv2.putText(image, text, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)

    return draw


@pytest.fixture(scope="session")
def rng():
    """Make a generator from a seed."""
    return lambda *seed: np.random.default_rng([0, *seed])
