"""Distortions of training images: as another hand, another pen, another scan might have given the same text.

Works on sized pixels, uint8 (height, width), dark ink on white (255) paper, with text about 12 to 25 px high.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from inkpipe.augment import form, pen, scan, warp
from inkpipe.params.augment import AugmentParams, Distortion

Function = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]

GEOMETRY: Mapping[str, Callable[[warp.Warp, np.random.Generator, float], None]] = {
    "rotation": warp.rotate,
    "scaling": warp.scale,
    "translation": warp.translate,
    "slant": warp.slant,
    "elastic": warp.elastic,
    "jitter": warp.jitter,
    "speed": warp.speed,
}
INK: Mapping[str, Function] = {
    "pressure": pen.pressure,
    "breaks": pen.breaks,
    "merges": pen.merges,
    "erasing": pen.erasing,
    "furniture": form.furniture,
    "specks": form.specks,
    "blur": scan.blur,
    "contrast": scan.contrast,
    "jpeg": scan.jpeg,
}
AUGMENTATIONS = (*GEOMETRY, *INK)  # in the order in which they happen


def augment(image: np.ndarray, rng: np.random.Generator, params: AugmentParams) -> np.ndarray:
    """Distort an image at random; what it says stays readable and within the canvas.

    The result depends on the three arguments alone, so that a generator seeded by the element's index gives the same
    images at any worker count. `params.enabled` is the caller's business.

    Args:
        image: uint8 (height, width); not changed.
        rng: where all chance comes from.
        params: probability and strength of each distortion.

    Returns:
        A new uint8 array of the same shape.
    """
    chosen = [name for name, chance in zip(AUGMENTATIONS, rng.random(len(AUGMENTATIONS)), strict=True)
              if chance < getattr(params, name).probability]  # fmt: skip
    motion = warp.Warp(*image.shape)
    for name in chosen:
        if name in GEOMETRY:
            GEOMETRY[name](motion, rng, getattr(params, name).strength)
    image = motion.apply(image)
    for name in chosen:
        if name in INK:
            image = INK[name](image, rng, getattr(params, name).strength)
    return image


def alone(name: str, params: AugmentParams, factor: float = 1.0) -> AugmentParams:
    """`params` with only the distortion `name`, at every image, its strength times `factor`: for contact sheets."""
    off = {other: Distortion(probability=0.0, strength=0.0) for other in AUGMENTATIONS}
    only = Distortion(probability=1.0, strength=getattr(params, name).strength * factor)
    return params.model_copy(update={**off, name: only})
