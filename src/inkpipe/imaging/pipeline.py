"""The one way from a decoded image to the input of the model, the same in training and in serving."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inkpipe.imaging.crop import crop_measured
from inkpipe.imaging.denoise import denoise
from inkpipe.imaging.deskew import deskew
from inkpipe.imaging.deslant import deslant
from inkpipe.imaging.features import PIXELS_PER_FRAME
from inkpipe.imaging.hog import HOG_SIZE, hog
from inkpipe.imaging.normalize import normalize_contrast, normalize_core_height, normalize_stroke_width
from inkpipe.imaging.polarity import make_dark_on_light
from inkpipe.imaging.resize import fit, fitting_scale, fitting_size, limit
from inkpipe.imaging.spline import SPLINE_SIZE, spline
from inkpipe.params.preprocess import PreprocessParams

# Every option of preprocessing, by a caption for people, with the parameter that switches it on.
OPTIONS: dict[str, dict[str, str | float]] = {
    "denoise: gaussian": {"denoise": "gaussian"},
    "denoise: median": {"denoise": "median"},
    "denoise: wavelet": {"denoise": "wavelet"},
    "contrast: stretch": {"contrast": "stretch"},
    "contrast: illumination": {"contrast": "illumination"},
    "deskew: projection": {"deskew": "projection"},
    "deskew: min_area_rect": {"deskew": "min_area_rect"},
    "crop: margins": {"crop": "margins"},
    "crop: line": {"crop": "line"},
    "deslant: vinciarelli": {"deslant": "vinciarelli"},
    "core_height: 0.5": {"core_height": 0.5},
    "stroke_width: 1.5": {"stroke_width": 1.5},
    "features: hog": {"features": "hog"},
    "features: spline": {"features": "spline"},
}


class TextFit(NamedTuple):
    """What preparation did to the text of an image.

    Attributes:
        kept_width: fraction of the inked width that cropping left, see `inkpipe.imaging.crop.Cropped`.
        rows, columns: of the sized image that the text takes, margins included; the rest is padding.
    """

    kept_width: float
    rows: int
    columns: int


class Prepared(NamedTuple):
    """A prepared image.

    Attributes:
        pixels: uint8 `prepared_shape(params)`.
        fit: what became of its text.
    """

    pixels: np.ndarray
    fit: TextFit


def prepare(image: np.ndarray, params: PreprocessParams) -> np.ndarray:
    """Clean and size an image, then compute features if `params` ask for them.

    The order of the steps is fixed, for these reasons. Photographs are first shrunk to the resolution of scans, and
    light writing is made dark. Noise and shadows go next, because all later steps look for dark ink. A level line is
    easier to tell from its neighbors than a skewed one, so deskewing comes before cropping. The slant and the height of
    letters are measured on the cropped line alone. Strokes are redrawn before sizing, where the image is finest, with a
    width that sizing turns into `params.stroke_width`.

    Args:
        image: uint8 (any height, any width), not changed: dark ink on light background, or the reverse where
            `params.invert` is `auto`.
        params: the section `preprocess` of params.yaml.

    Returns:
        uint8 `prepared_shape(params)`: pixels, or features (values a frame, frames).
    """
    return prepare_measured(image, params).pixels


def prepare_measured(image: np.ndarray, params: PreprocessParams) -> Prepared:
    """Prepare an image, and tell what that does to its text; see `prepare`.

    Args:
        image: as of `prepare`.
        params: likewise.
    """
    image = limit(image, params.height, params.width)
    image = make_dark_on_light(image, params.invert)
    image = denoise(image, params.denoise)
    image = normalize_contrast(image, params.contrast)
    image = deskew(image, params.deskew)
    image, kept_width = crop_measured(image, params.crop)
    image = deslant(image, params.deslant)
    if params.core_height:
        image = normalize_core_height(image, params.core_height)
    if params.stroke_width:
        scale = fitting_scale(image.shape, params.height, params.width)
        image = normalize_stroke_width(image, params.stroke_width / scale)
    rows, columns = fitting_size(image.shape, params.height, params.width)
    pixels = fit(image, params.height, params.width)
    if params.features == "hog":
        pixels = hog(pixels)
    elif params.features == "spline":
        pixels = spline(pixels)
    return Prepared(pixels, TextFit(kept_width, rows, columns))


def prepared_shape(params: PreprocessParams) -> tuple[int, int]:
    """Compute the shape of a prepared image.

    Args:
        params: the section `preprocess` of params.yaml.

    Returns:
        (height, width) of pixels, or (values a frame, frames) of features.
    """
    if params.features == "pixels":
        return params.height, params.width
    size = HOG_SIZE if params.features == "hog" else SPLINE_SIZE
    return size, params.width // PIXELS_PER_FRAME
