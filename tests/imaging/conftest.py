from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inkpipe.params import load_params

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def preprocess():
    """Sizing to 32 x 256 pixels and nothing else, whatever params.yaml says today."""
    plain = {
        "height": 32, "width": 256, "features": "pixels", "denoise": "none", "contrast": "none", "deskew": "none",
        "crop": "none", "deslant": "none", "core_height": 0.0, "stroke_width": 0.0,
    }  # fmt: skip
    return load_params(PROJECT / "params.yaml").preprocess.model_copy(update=plain)


@pytest.fixture(scope="session")
def write():
    """Draw black print on white: its angles and places are exact, so estimates can be compared with them."""

    def draw(text, *, height=60, width=420, baseline=40, font=0):
        image = np.full((height, width), 255, np.uint8)
        return cv2.putText(image, text, (10, baseline), font, 1.0, 0, 2, cv2.LINE_AA)

    return draw


class Canvas:
    """A white image on which solid blocks stand for letters. Each method returns the canvas."""

    def __init__(self, height=60, width=200):
        self.image = np.full((height, width), 255, np.uint8)

    def block(self, left, top, width, height, level=0):
        self.image[top : top + height, left : left + width] = level
        return self

    def name(self, top=25, height=16, left=40):
        """Five letters of handwriting, even but with wide gaps."""
        for x in range(left, left + 5 * 18, 18):
            self.block(x, top, 12, height)
        return self

    def handwriting(self, left, top):
        """Five letters that stand unevenly on their line."""
        for i, dy in enumerate((0, 3, -2, 2, -3)):
            self.block(left + 18 * i, top + dy, 12, 16 - dy)
        return self

    def label(self, left, top, letters=6, height=9):
        """A printed word: letters of one height, a pixel apart."""
        for x in range(left, left + letters * 9, 9):
            self.block(x, top, 8, height)
        return self

    def colon(self, left, top, dot=2):
        return self.block(left, top, dot, dot).block(left, top + 5, dot, dot)


@pytest.fixture
def canvas():
    return Canvas


@pytest.fixture(scope="session")
def stroke():
    """Draw a line through points (x, y), black on white."""

    def draw(*points, height=32, width=256, thickness=2):
        image = np.full((height, width), 255, np.uint8)
        return cv2.polylines(image, [np.array(points)], False, 0, thickness, cv2.LINE_AA)

    return draw
