"""Rules against drift: the other splits are like the training split."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from inkpipe.rules.result import RuleResult
from inkpipe.rules.rule import Context
from inkpipe.rules.splits import SplitRule, Splits
from inkpipe.section import NonNegativeFloat

if TYPE_CHECKING:
    from inkpipe.rules.distances import Distance  # imports numpy and scipy, which params.yaml does not need


class DriftRule(SplitRule):
    """The distance between the training split and each other split is small, or chance explains it.

    Attributes:
        measure: the distance, in words.
        compared: which counts are compared: names of fields of `SplitStatistics`, by what is printed after the splits.
        max: the largest distance that is allowed.
        significance: a larger distance is allowed if chance alone gives it with at least this probability.
    """

    unit = "comparisons"
    of_real_rows = True  # the other splits have no synthetic rows, so these always differ from them
    advice = "Split the data at random, or raise .max if the splits are meant to differ."
    measure: ClassVar[str]
    compared: ClassVar[Mapping[str, str]]

    max: NonNegativeFloat
    significance: Annotated[float, Field(gt=0, lt=1)]

    @abstractmethod
    def distance(self, one: Counter[Any], other: Counter[Any]) -> Distance:
        """Measure the distance between the counts of two splits.

        Args:
            one: counts, at least one above 0.
            other: counts of the same thing in another split, likewise.

        Returns:
            The distance and its probability.
        """

    def check(self, splits: Splits, context: Context) -> RuleResult:
        """Splits without an accepted row are not compared."""
        train = splits["train"]
        others = {name: split for name, split in splits.items() if split is not train and split.accepted}
        distances = {
            f"train-{name}{suffix}": self.distance(getattr(train, counts), getattr(other, counts))
            for suffix, counts in self.compared.items()
            for name, other in others.items()
            if train.accepted
        }
        violations = [
            f"{pair} ({distance.value:.3f}, p = {distance.probability:.1e})"
            for pair, distance in distances.items()
            if distance.value > self.max and distance.probability < self.significance
        ]
        expected = f"{self.measure} at most {self.max} (or by chance, p >= {self.significance})"
        observed = {pair: distance.value for pair, distance in distances.items()}
        return self.result(expected, len(distances), violations, observed)


class CharacterDrift(DriftRule):
    """The frequencies of the characters are alike. The distance is 0 to 1 bit."""

    name = "character_drift"
    measure = "Jensen-Shannon divergence of characters"
    compared: ClassVar = {"": "characters"}

    def distance(self, one: Counter[Any], other: Counter[Any]) -> Distance:
        """The Jensen-Shannon divergence."""
        from inkpipe.rules.distances import jensen_shannon

        return jensen_shannon(one, other)


class LengthDrift(DriftRule):
    """The distributions of the label lengths are alike. The distance is 0 to 1."""

    name = "length_drift"
    measure = "Kolmogorov-Smirnov distance of label lengths"
    compared: ClassVar = {"": "lengths"}

    def distance(self, one: Counter[Any], other: Counter[Any]) -> Distance:
        """The Kolmogorov-Smirnov distance."""
        from inkpipe.rules.distances import kolmogorov_smirnov

        return kolmogorov_smirnov(one, other)


class SizeDrift(LengthDrift):
    """The distributions of the image widths, and those of the image heights, are alike. The distance is 0 to 1."""

    name = "size_drift"
    measure = "Kolmogorov-Smirnov distance of image sizes"
    compared: ClassVar = {" width": "widths", " height": "heights"}


RULES = (CharacterDrift, LengthDrift, SizeDrift)
