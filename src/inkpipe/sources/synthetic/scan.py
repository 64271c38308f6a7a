"""The scanner: from ink on a supersampled canvas to the bytes of a nearly binary grey JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkpipe.params.synthetic import ScanParams
from inkpipe.sources.synthetic.pen import SCALE


def scan(canvas: NDArray[np.uint8], rng: np.random.Generator, params: ScanParams) -> NDArray[np.uint8]:
    """Scan a canvas: optics blur the ink, a threshold with grain makes it black or white, scaling down softens edges.

    The canvas is (height * SCALE, width * SCALE) uint8, 255 is ink; the result (height, width) uint8, 255 is paper.
    """
    height, width = canvas.shape[0] // SCALE, canvas.shape[1] // SCALE
    ink = cv2.resize(canvas, (width * 2, height * 2), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(*params.blur) * 2)
    grain = cv2.resize(rng.standard_normal((height, width), dtype=np.float32), (width * 2, height * 2))
    ink += ink * (1 - ink) * grain * rng.uniform(*params.grain)
    threshold, softness = rng.uniform(*params.threshold), max(rng.uniform(*params.softness), 0.01)
    ink = np.clip((ink - threshold * (1 - softness)) / softness, 0, 1)
    ink = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    amount = rng.uniform(*params.sharpening)
    ink = ink + amount * (ink - cv2.GaussianBlur(ink, (0, 0), 1.0))
    noise = np.abs(rng.standard_normal((height, width), dtype=np.float32)) * rng.uniform(*params.paper_noise)
    return np.clip(np.rint(255 - 255 * ink - noise), 0, 255).astype(np.uint8)


def encode(image: NDArray[np.uint8], rng: np.random.Generator, params: ScanParams) -> bytes:
    """The image as JPEG at a quality from the params' range."""
    quality = int(rng.integers(params.jpeg_quality[0], params.jpeg_quality[1] + 1))
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
