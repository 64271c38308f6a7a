"""What is measured of a sample image, by the functions of the contract and of the preparation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

import numpy as np

from inkpipe.contract.fingerprint import fingerprints, frequencies
from inkpipe.contract.single_image import measure_image
from inkpipe.imaging import UnreadableImage, decode
from inkpipe.imaging.crop import crop
from inkpipe.imaging.polarity import make_dark_on_light
from inkpipe.imaging.resize import fitting_scale, limit
from inkpipe.params.preprocess import Crop

# Photographs are shrunk to this detail before they are cropped, as `prepare` does for the sizes that are proposed.
DETAIL = (64, 1024)
INVERTED = 0.5  # darkness of the mean pixel from which on the background is the darker part
QUANTILES = (0.0, 0.02, 0.5, 0.98, 1.0)


class ImageFacts(NamedTuple):
    """The facts of an image.

    Attributes:
        row: of the corpus.
        width, height: pixels; 0 if the image does not decode, and so are all further numbers.
        ink: darkness of the mean pixel, 0 (the lightest) to 1 (the darkest).
        contrast: gray levels from the darkest to the lightest pixel.
        background: the gray level of the median pixel, 0 black to 255 white.
        fault: why the image does not decode; None if it does.
        cropped: rows and columns that each method of cropping leaves; empty if the image does not decode.
        digest: SHA-256 of the encoded image.
        fingerprint: uint32 (8,), its perceptual hash; zeros if it does not decode.
    """

    row: int
    width: int
    height: int
    ink: float
    contrast: int
    background: int
    fault: str | None
    cropped: Mapping[Crop, tuple[int, int]]
    digest: bytes
    fingerprint: np.ndarray

    def sized(self, method: Crop, height: int, width: int) -> tuple[float, float]:
        """The rows and columns that the cropped image takes in the input of the model.

        Args:
            method: `preprocess.crop`.
            height: `preprocess.height`.
            width: `preprocess.width`.
        """
        rows, columns = self.cropped[method]
        scale = fitting_scale((rows, columns), height, width)
        return rows * scale, columns * scale


def image_facts(row: int, data: bytes) -> ImageFacts:
    """Measure an image.

    Args:
        row: of the corpus.
        data: the encoded image.
    """
    digest = hashlib.sha256(data).digest()
    try:
        width, height, ink, reduced = measure_image(data)
        image = make_dark_on_light(limit(decode(data), *DETAIL), "auto")
    except UnreadableImage as error:
        return ImageFacts(row, 0, 0, 0.0, 0, 0, str(error), {}, digest, np.zeros(8, np.uint32))
    cropped: dict[Crop, tuple[int, int]] = {
        method: (part.shape[0], part.shape[1]) for method in get_args(Crop) for part in [crop(image, method)]
    }
    background = int(np.median(reduced))
    fingerprint = fingerprints(frequencies(reduced, ink.lightest)[np.newaxis])[0]
    return ImageFacts(row, width, height, ink.fraction, ink.contrast, background, None, cropped, digest, fingerprint)


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """The quantiles of `QUANTILES` by name, such as `98 %`; empty without values."""
    if not len(values):
        return {}
    found = np.quantile(np.asarray(values, np.float64), QUANTILES)
    return {
        f"{fraction:.0%}".replace("%", " %"): round(float(value), 2)
        for fraction, value in zip(QUANTILES, found, strict=True)
    }
