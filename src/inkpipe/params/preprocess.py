"""`preprocess`: from a decoded image to the input of the model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.section import Fraction, PositiveCount, Section

Features = Literal["pixels", "hog", "spline"]
Invert = Literal["auto", "none"]
Denoise = Literal["none", "gaussian", "median", "wavelet"]
Contrast = Literal["none", "stretch", "illumination"]
Deskew = Literal["none", "projection", "min_area_rect"]
Crop = Literal["none", "margins", "line"]
Deslant = Literal["none", "vinciarelli"]


class PreprocessParams(Section):
    """`preprocess`: cleaning, sizing and features, the same in training and in serving.

    Attributes:
        height: of the sized image, pixels.
        width: of the sized image, pixels.
        features: the model's input: the pixels, or features computed from them.
        invert: whether light writing on dark becomes dark on light, see `inkpipe.imaging.polarity`. Models of earlier
            versions do not say.
        denoise: how noise is removed, see `inkpipe.imaging.denoise`.
        contrast: how contrast is normalized, see `inkpipe.imaging.normalize`.
        deskew: how the skew is estimated, see `inkpipe.imaging.deskew`.
        crop: what is cut away, see `inkpipe.imaging.crop`.
        deslant: how the slant is estimated, see `inkpipe.imaging.deslant`.
        core_height: fraction of the height that the letters' core takes; 0 leaves it as it is.
        stroke_width: of redrawn strokes, pixels of the sized image; 0 leaves them as they are.
        images_per_shard: images in one TFRecord file.
    """

    height: Annotated[int, Field(ge=8, le=512)]
    width: Annotated[int, Field(ge=16, le=4096)]
    features: Features
    invert: Invert = "none"
    denoise: Denoise
    contrast: Contrast
    deskew: Deskew
    crop: Crop
    deslant: Deslant
    core_height: Fraction
    stroke_width: Annotated[float, Field(ge=0, le=16)]
    images_per_shard: PositiveCount
