"""Random distortions of training images: the same text in another hand, with another pen, from another scan.

Images are sized pixels: uint8 (height, width), dark ink on background 255, letters about 12 to 25 pixels high.

A new distortion touches three files:

1. one of `geometry`, `strokes`, `clutter` and `degradation`: the function, and a line in that module's `DISTORTIONS`;
2. `inkpipe.params.augment`: a line with its name, largest magnitude and unit;
3. params.yaml: a line in the section `augment`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from inkpipe.augment import clutter, degradation, geometry, strokes
from inkpipe.augment.warp import Warp
from inkpipe.params.augment import AugmentParams, DistortionParams

PixelDistortion = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]

GEOMETRIC: Mapping[str, geometry.GeometricDistortion] = geometry.DISTORTIONS
ON_PIXELS: Mapping[str, PixelDistortion] = {**strokes.DISTORTIONS, **clutter.DISTORTIONS, **degradation.DISTORTIONS}
DISTORTIONS = (*GEOMETRIC, *ON_PIXELS)  # names, in the order of application


def augment(image: np.ndarray, rng: np.random.Generator, params: AugmentParams) -> np.ndarray:
    """Distort an image at random. Its text stays readable and inside the canvas.

    The result depends on the three arguments alone: with a generator seeded by the number of the image, it is the same
    at any worker count. `params.enabled` is ignored; the caller checks it.

    Args:
        image: uint8 (height, width); not changed.
        rng: source of all randomness.
        params: probability and magnitude of each distortion, and the factor on all probabilities.

    Returns:
        A new uint8 array of the same shape.
    """
    draws = rng.random(len(DISTORTIONS))
    chosen = [
        name
        for name, draw in zip(DISTORTIONS, draws, strict=True)
        if draw < params.frequency * getattr(params, name).probability
    ]
    warp = Warp(*image.shape)
    for name in chosen:
        if name in GEOMETRIC:
            GEOMETRIC[name](warp, rng, getattr(params, name).magnitude)
    image = warp.apply(image)
    for name in chosen:
        if name in ON_PIXELS:
            image = ON_PIXELS[name](image, rng, getattr(params, name).magnitude)
    return image


def only(name: str, params: AugmentParams, factor: float = 1.0) -> AugmentParams:
    """Make params that apply one distortion to every image, and no other.

    Args:
        name: the distortion, one of `DISTORTIONS`.
        params: where its magnitude is taken from.
        factor: multiplies that magnitude. The limits of `AugmentParams` are not checked.

    Returns:
        `params` with the probability of `name` at 1 and of all others at 0, whatever its `frequency` is.
    """
    off = {other: DistortionParams(probability=0.0, magnitude=0.0) for other in DISTORTIONS}
    magnitude = getattr(params, name).magnitude * factor
    alone = {name: DistortionParams(probability=1.0, magnitude=magnitude)}
    return params.model_copy(update={**off, **alone, "frequency": 1.0})
