"""`preprocess`: from an encoded image to what a reader is given."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.params.base import PositiveCount, Section, Share

Features = Literal["pixels", "hog", "spline"]
Denoise = Literal["none", "gaussian", "median", "wavelet"]
Contrast = Literal["none", "stretch", "illumination"]
Deskew = Literal["none", "projection", "min_area_rect"]
Crop = Literal["none", "margins", "line"]
Deslant = Literal["none", "vinciarelli"]


class PreprocessParams(Section):
    """`preprocess`: cleaning, sizing and features; serving runs the very same."""

    height: Annotated[int, Field(ge=8, le=512)]
    width: Annotated[int, Field(ge=16, le=4096)]
    features: Features
    denoise: Denoise
    contrast: Contrast
    deskew: Deskew
    crop: Crop
    deslant: Deslant
    core_height: Share
    stroke_width: Annotated[float, Field(ge=0, le=16)]
    images_per_shard: PositiveCount
    workers: Annotated[str, Field(pattern=r"^(local|dask://.+)$")]
