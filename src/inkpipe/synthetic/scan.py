"""A scanner: from ink on a supersampled canvas to the bytes of a nearly binary gray JPEG."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.imaging.opencv import cv2
from inkpipe.params.synthetic import ScanParams
from inkpipe.synthetic.pen import SCALE, Canvas

MIN_SOFTNESS = 0.01  # of the threshold: softness is a divisor


def scan(canvas: Canvas, rng: Generator, params: ScanParams) -> NDArray[np.uint8]:
    """Scan a canvas: blur the ink, add noise along its edges, threshold it, scale it down and sharpen it.

    Args:
        canvas: uint8 (height * SCALE, width * SCALE), 255 is ink.
        rng: the source of randomness.
        params: the ranges of blur, threshold, noise and sharpening.

    Returns:
        The gray image, uint8 (height, width), 255 is background.
    """
    height, width = canvas.shape[0] // SCALE, canvas.shape[1] // SCALE
    ink = cv2.resize(canvas, (width * 2, height * 2), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(*params.blur) * 2)
    noise = cv2.resize(rng.standard_normal((height, width), dtype=np.float32), (width * 2, height * 2))
    ink += ink * (1 - ink) * noise * rng.uniform(*params.edge_noise)
    threshold, softness = rng.uniform(*params.threshold), max(rng.uniform(*params.threshold_softness), MIN_SOFTNESS)
    ink = np.clip((ink - threshold * (1 - softness)) / softness, 0, 1)
    ink = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    magnitude = rng.uniform(*params.sharpening)
    ink = ink + magnitude * (ink - cv2.GaussianBlur(ink, (0, 0), 1.0))
    noise = np.abs(rng.standard_normal((height, width), dtype=np.float32)) * rng.uniform(*params.background_noise)
    return np.clip(np.rint(255 - 255 * ink - noise), 0, 255).astype(np.uint8)


def encode_jpeg(image: NDArray[np.uint8], rng: Generator, params: ScanParams) -> bytes:
    """Encode an image at a random quality.

    Args:
        image: uint8 (height, width), gray.
        rng: the source of randomness.
        params: the range of the JPEG quality.

    Returns:
        The bytes of a JPEG file.
    """
    quality = int(rng.integers(params.jpeg_quality[0], params.jpeg_quality[1] + 1))
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
