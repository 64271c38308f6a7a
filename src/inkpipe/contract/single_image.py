"""The contract's rules on images, checked on one image. Neither pandas nor Great Expectations is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from inkpipe.imaging import UnreadableImage, decode_reduced
from inkpipe.imaging.opencv import cv2
from inkpipe.rules import RowRule
from inkpipe.rules.checks import Between, Check
from inkpipe.rules.facts import ImageNumber
from inkpipe.rules.rule import Context

# The rules on images do not use the context.
_CONTEXT = Context(frames=0, width=0, min_tolerated_rows=0, normalize=str)


class Ink(NamedTuple):
    """How much ink an image shows.

    Attributes:
        fraction: the darkness of the mean pixel, between the lightest pixel (0) and the darkest (1).
        contrast: gray levels from the darkest to the lightest pixel, 0 to 255.
        lightest: the gray level of the lightest pixel, 0 to 255.
    """

    fraction: float
    contrast: int
    lightest: int


class MeasuredImage(NamedTuple):
    """An image that decodes, measured.

    Attributes:
        width: pixels.
        height: pixels.
        ink: how much ink it shows.
        reduced: uint8 (rows, columns), gray, decoded at reduced size. The ink is measured on it.
    """

    width: int
    height: int
    ink: Ink
    reduced: np.ndarray

    @property
    def facts(self) -> dict[str, Any]:
        """`width`, `height`, `ink` and `contrast`, as they stand in the fact table."""
        return {"width": self.width, "height": self.height, "ink": self.ink.fraction, "contrast": self.ink.contrast}


class ImageViolation(NamedTuple):
    """An image that violates a rule.

    Attributes:
        rule: the rule.
        observed: what the image is like, in the rule's words.
    """

    rule: RowRule
    observed: str

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.observed}. Expected: {self.expected}."

    @property
    def expected(self) -> str:
        """What the rule demands, in words."""
        return self.rule.expectation(_CONTEXT)

    @property
    def advice(self) -> str:
        """How a person may correct the image or the rule."""
        return f"{self.rule.advice} (validate.rules.{self.rule.name})"


def measure_ink(image: np.ndarray) -> Ink:
    """Measure the ink of an image.

    Args:
        image: uint8 (height, width), 0 black to 255 white.
    """
    darkest, lightest, _, _ = cv2.minMaxLoc(image)
    fraction = (lightest - cv2.mean(image)[0]) / max(lightest - darkest, 1.0)
    return Ink(fraction, int(lightest - darkest), int(lightest))


def measure_image(data: bytes) -> MeasuredImage:
    """Measure an image.

    Args:
        data: an encoded image.

    Raises:
        UnreadableImage: it does not decode.
    """
    height, width, reduced = decode_reduced(data)
    return MeasuredImage(width, height, measure_ink(reduced), reduced)


def image_violations(data: bytes, rules: Sequence[RowRule]) -> list[ImageViolation]:
    """Find the rules that an image violates, by the measurements that `validate` makes.

    Args:
        data: an encoded image.
        rules: rules on the size and the ink of an image, such as those of `inkpipe.rules.images.PICTURE_RULES`.

    Returns:
        A violation for each rule that does not hold, in the order of the rules. None for an image that does not
        decode.
    """
    try:
        measured = measure_image(data)
    except UnreadableImage:
        return []
    facts: dict[str, Any] = {name: np.float32(value) for name, value in measured.facts.items()}
    facts |= {fact.column: fact.of(facts) for rule in rules for fact in rule.facts() if isinstance(fact, ImageNumber)}
    return [
        ImageViolation(rule, rule.evidence(facts))
        for rule in rules
        if not all(_holds(check, facts) for check in rule.checks(_CONTEXT))
    ]


def _holds(check: Check, facts: Mapping[str, Any]) -> bool:
    if not isinstance(check, Between):
        raise TypeError(f"Rules on pictures check ranges. Received: {check}.")
    value = facts[check.column]
    return bool((check.low is None or value >= check.low) and (check.high is None or value <= check.high))
