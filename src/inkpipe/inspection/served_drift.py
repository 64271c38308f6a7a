"""Served images beside those that the model learned from: are they still alike?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inkpipe.data.manifest import Manifest
from inkpipe.errors import InkpipeError
from inkpipe.rules.split_drift import LengthDrift, SizeDrift

INK_STEPS = 1000  # of the fraction of ink, 0 to 1, in which it is compared


class Compared(NamedTuple):
    """A property of images, compared.

    Attributes:
        name: of the property.
        distance: the Kolmogorov-Smirnov distance of its distributions, 0 to 1.
        probability: that chance alone gives at least this distance, 0 to 1.
        allowed: the largest distance that the contract allows.
        training: the median over the training images.
        served: the median over the served images.
        drifted: whether the distance is larger than allowed, and not by chance.
    """

    name: str
    distance: float
    probability: float
    allowed: float
    training: float
    served: float
    drifted: bool


class ServedDrift(NamedTuple):
    """The comparison.

    Attributes:
        images: in the log.
        since: time of its first.
        until: time of its last.
        trained_on: training images.
        compared: the properties.
        mean_confidence: of the texts; None without any.
        unreadable: the fraction of the images that could not be read.
        violating: the fraction that violates a rule of the contract on the picture.
    """

    images: int
    since: datetime
    until: datetime
    trained_on: int
    compared: tuple[Compared, ...]
    mean_confidence: float | None
    unreadable: float
    violating: float

    @property
    def drifted(self) -> tuple[str, ...]:
        """The properties that are unlike."""
        return tuple(each.name for each in self.compared if each.drifted)

    def to_json(self) -> dict[str, Any]:
        """As content for JSON."""
        times = {name: getattr(self, name).isoformat() for name in ("since", "until")}
        compared = [each._asdict() for each in self.compared]
        return self._asdict() | times | {"compared": compared, "drifted": list(self.drifted)}


def served_drift(log: pa.Table, manifest: Manifest, length: LengthDrift, size: SizeDrift) -> ServedDrift:
    """Compare served images with the accepted training images, by the distances of the contract.

    The lengths of the recognized texts are compared with those of the labels, by the limits of `length_drift`; width,
    height, ink and contrast of the images by those of `size_drift`. Of mixed data the real images count alone.

    Args:
        log: of the served images, see `inkpipe.inspection.served_images`.
        manifest: of the training images.
        length: the rule on lengths.
        size: the rule on sizes.

    Raises:
        InkpipeError: the manifest cannot be read, or has no accepted training image.
    """
    training = _training(manifest)
    rules: Mapping[str, LengthDrift] = {"length": length} | dict.fromkeys(("width", "height", "ink", "contrast"), size)
    compared = tuple(
        _compared(name, rule, training[name], values)
        for name, rule in rules.items()
        if len(values := log[name].drop_null().to_numpy())
    )
    times = pc.min_max(log["time"]).as_py()
    return ServedDrift(
        images=len(log),
        since=times["min"],
        until=times["max"],
        trained_on=len(training["length"]),
        compared=compared,
        mean_confidence=pc.mean(log["confidence"]).as_py(),
        unreadable=log["confidence"].null_count / len(log),
        violating=float((log["violations"].to_numpy() > 0).mean()),
    )


def _training(manifest: Manifest) -> dict[str, np.ndarray]:
    real = manifest.accepted("train", synthetic=False)
    accepted = real if real.rows else manifest.accepted("train")
    if not accepted.rows:
        raise InkpipeError(f"There is no accepted training image. Received: {manifest.path}. Run `dvc repro validate`.")
    names = ["width", "height", "ink", "contrast"]
    columns = manifest.columns("train", names)
    lengths = np.array([len(text) for text in accepted.texts])
    return {"length": lengths, **{name: columns[name].take(accepted.rows).to_numpy() for name in names}}


def _compared(name: str, rule: LengthDrift, training: np.ndarray, served: np.ndarray) -> Compared:
    distance = rule.distance(_counts(name, training), _counts(name, served))
    medians = (float(np.median(training)), float(np.median(served)))
    drifted = distance.value > rule.max and distance.probability < rule.significance
    return Compared(name, float(distance.value), distance.probability, rule.max, *medians, drifted)


def _counts(name: str, values: np.ndarray) -> Counter[int]:
    return Counter(np.round(values * (INK_STEPS if name == "ink" else 1)).astype(np.int64).tolist())
