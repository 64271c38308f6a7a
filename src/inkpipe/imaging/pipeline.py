"""The one way from a decoded image to what a reader is given, for training and for serving alike."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging import features
from inkpipe.imaging.crop import crop
from inkpipe.imaging.denoise import denoise
from inkpipe.imaging.deskew import deskew
from inkpipe.imaging.deslant import deslant
from inkpipe.imaging.normalise import normalise_contrast, normalise_core_height, normalise_stroke_width
from inkpipe.imaging.resize import fit, fitting_scale, limit
from inkpipe.params.preprocess import PreprocessParams

# Each way to clean an image, by the name under which a sheet shows it, and the params that switch it on.
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


def prepare(image: np.ndarray, params: PreprocessParams) -> np.ndarray:
    """Clean and size an image, and describe it by features if asked to.

    The order is fixed. Photographs are shrunk to the resolution of scans. Noise and shadows go first, as all that
    follows looks for ink. A level line is easier to tell from its neighbours than a slanting one, so it is levelled,
    then cropped to. Letters are set upright and measured on that line alone. Strokes are redrawn before sizing, where
    they are finest, in the width that sizing turns into the one asked for.

    Args:
        image: uint8 (any height, any width), dark ink on white paper.
        params: `preprocess` of params.yaml.

    Returns:
        uint8 `prepared_shape(params)`.
    """
    image = limit(image, params.height, params.width)
    image = denoise(image, params.denoise)
    image = normalise_contrast(image, params.contrast)
    image = deskew(image, params.deskew)
    image = crop(image, params.crop)
    image = deslant(image, params.deslant)
    if params.core_height:
        image = normalise_core_height(image, params.core_height)
    if params.stroke_width:
        scale = fitting_scale(image.shape, params.height, params.width)
        image = normalise_stroke_width(image, params.stroke_width / scale)
    sized = fit(image, params.height, params.width)
    if params.features == "hog":
        return features.hog(sized)
    return features.spline(sized) if params.features == "spline" else sized


def prepared_shape(params: PreprocessParams) -> tuple[int, int]:
    """The shape of what `prepare` returns: pixels (height, width), or features (values a frame, frames)."""
    if params.features == "pixels":
        return params.height, params.width
    size = features.HOG_SIZE if params.features == "hog" else features.SPLINE_SIZE
    return size, params.width // features.PIXELS_PER_FRAME
