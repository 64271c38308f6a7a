"""Geometric distortions: another hand's angle, size, place, slant and shape of the letters.

Each adds its motion to a `Warp`, which then moves the image once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from inkpipe.augment.noise import smooth_noise
from inkpipe.augment.warp import NODE_SPACING, Warp

GeometricDistortion = Callable[[Warp, np.random.Generator, float], None]

ELASTIC_SPACING = 16  # pixels between independent displacements: about one letter
MAX_RISE = 0.25  # of the canvas' height: by how much a line may rise or fall from end to end
STRETCH_SPACING = 24  # pixels between independent stretches: one or two letters


def rotation(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Turn the text.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest angle either way, degrees; less in a wide canvas, where the ends of the line would leave it
            and all of it would have to shrink.
    """
    largest = min(magnitude, math.degrees(math.atan2(MAX_RISE * warp.height, warp.width)))
    angle = math.radians(rng.uniform(-largest, largest))
    warp.transform(math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle))


def scaling(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Enlarge or shrink the text, and its width alone by up to half of `magnitude` more.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest change, as a fraction of the text's size.
    """
    size, width = rng.uniform(1 - magnitude, 1 + magnitude, 2).tolist()
    warp.transform(size * (1 + width) / 2, 0, 0, size)


def translation(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Shift the text. It stops at the borders of the canvas.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest shift in x and in y, pixels.
    """
    x, y = rng.uniform(-magnitude, magnitude, 2).tolist()
    warp.translate(x, y)


def slant(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Lean the letters.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest angle from the vertical either way, degrees.
    """
    warp.transform(1, math.tan(math.radians(rng.uniform(-magnitude, magnitude))), 0, 1)


def elastic(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Bend letters smoothly (elastic distortion: Simard, Steinkraus & Platt 2003).

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest displacement in x and in y, pixels.
    """
    fields = [smooth_noise(rng, warp.rows, warp.columns, ELASTIC_SPACING // NODE_SPACING) for _ in "xy"]
    warp.displace(magnitude * np.stack(fields))


def jitter(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Displace parts of strokes independently, as the tremor of a hand does.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest displacement in x and in y, pixels.
    """
    warp.displace(magnitude * (2 * rng.random((2, warp.rows, warp.columns), np.float32) - 1))


def horizontal_stretch(warp: Warp, rng: np.random.Generator, magnitude: float) -> None:
    """Stretch some letters and squeeze others along the line. The length of the line stays.

    Args:
        warp: the motion to add to.
        rng: source of randomness.
        magnitude: largest change of a letter's width, as a fraction of it.
    """
    stretch = magnitude * smooth_noise(rng, 1, warp.columns, STRETCH_SPACING // NODE_SPACING)
    along = NODE_SPACING * np.cumsum(stretch - stretch.mean(), axis=1, dtype=np.float32)
    warp.displace(np.stack([along, np.zeros_like(along)]))


DISTORTIONS: Mapping[str, GeometricDistortion] = {  # by parameter of `augment`, in the order of application
    "rotation": rotation,
    "scaling": scaling,
    "translation": translation,
    "slant": slant,
    "elastic": elastic,
    "jitter": jitter,
    "horizontal_stretch": horizontal_stretch,
}
