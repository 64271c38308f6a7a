"""What another scanner would have made of the page."""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging.ink import PAPER


def blur(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Blur by a Gaussian of up to `strength` pixels' standard deviation."""
    return cv2.GaussianBlur(image, (0, 0), max(0.1, rng.uniform(strength / 2, strength)))


def contrast(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Make all ink paler or darker by up to the share `strength`; paper stays white."""
    ink = (PAPER - np.arange(256)) * (1 + rng.uniform(-strength, strength))
    return cv2.LUT(image, np.clip(PAPER - ink, 0, PAPER).astype(np.uint8))


def jpeg(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Store as JPEG with a quality of 100 down to 100 - `strength`."""
    quality = round(100 - rng.uniform(0, strength))
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
