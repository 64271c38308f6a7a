"""The decision on a new model by its scores, and its record in `data/promotion.json` and in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.tracking.registry import CHALLENGER, CHAMPION


@dataclass(frozen=True)
class RatedModel:
    """A model and its CER on the test images.

    Attributes:
        digest: of the model's files.
        cer: character error rate, 0 upwards.
    """

    digest: str
    cer: float

    def to_json(self) -> dict[str, Any]:
        """Digest and CER, rounded to 6 decimals as all rates are."""
        return {"digest": self.digest, "cer": round(self.cer, 6)}


@dataclass(frozen=True)
class Decision:
    """The outcome of a promotion, with its reason. Its JSON holds no run id, version or time, so it is reproducible.

    Attributes:
        alias: the alias that the candidate gets.
        scores: the candidate's metrics on the test split, by name.
        candidate: the new model.
        champion: the champion that the candidate was compared with; None if there was none.
        reason: one sentence for people.
    """

    alias: Literal["champion", "challenger"]
    scores: Mapping[str, float]
    candidate: RatedModel
    champion: RatedModel | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The content of `data/promotion.json`."""
        return {
            "decision": self.alias,
            "reason": self.reason,
            "model": self.candidate.digest,
            "scores": dict(self.scores),
            "champion": self.champion.to_json() if self.champion else None,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Decision:
        """Read the JSON form, also that of version 0.1, which names the model `reader`.

        Args:
            content: the result of `to_json`.

        Raises:
            InkpipeError: the content is not a decision.
        """
        try:
            digest, scores, champion = content.get("model") or content["reader"], content["scores"], content["champion"]
            candidate = RatedModel(digest, scores["cer"])
            before = RatedModel(**champion) if champion else None
            return cls(content["decision"], scores, candidate, before, content["reason"])
        except (AttributeError, KeyError, TypeError) as error:
            raise InkpipeError(
                f"This is not the record of a promotion. Received: {content!r:.200}, {error!r}. "
                "Write it again with `dvc repro -sf promote`."
            ) from error


def decide(
    candidate: RatedModel, scores: Mapping[str, float], champion: RatedModel | None, min_improvement: float
) -> Decision:
    """Compare a candidate with the champion. A tie, after rounding to 6 decimals, keeps the champion.

    Args:
        candidate: the new model.
        scores: all its metrics, for the record.
        champion: the champion with its CER on the same images; None if there is no champion.
        min_improvement: the candidate's CER must be lower by more than this.

    Returns:
        The decision with its reason.
    """
    if champion is None:
        return Decision(CHAMPION, scores, candidate, None, "It is the first model.")
    gain = round(champion.cer - candidate.cer, 6)
    side = "below" if gain >= 0 else "above"
    comparison = f"Its CER of {candidate.cer:.4f} is {abs(gain):.4f} {side} the champion's {champion.cer:.4f}"
    if gain > min_improvement:
        return Decision(CHAMPION, scores, candidate, champion, f"{comparison}.")
    reason = f"{comparison}; it must be more than {min_improvement:g} below."
    return Decision(CHALLENGER, scores, candidate, champion, reason)


def read_scores(evaluation: Path) -> dict[str, float]:
    """Read the metrics that evaluate left in its folder.

    Args:
        evaluation: the folder.

    Returns:
        Numbers by name; `n` is the number of images.

    Raises:
        InkpipeError: metrics.json is absent or is not JSON.
    """
    metrics = read_json(evaluation / "metrics.json", "evaluate")
    return {name: value for name, value in metrics.items() if isinstance(value, int | float)}


def write_decision(path: Path, decision: Decision) -> None:
    """Write `data/promotion.json`; the same decision gives the same bytes."""
    write_json(path, decision.to_json())


def read_decision(path: Path) -> Decision:
    """Read `data/promotion.json`.

    Raises:
        InkpipeError: the file is absent or is not a decision.
    """
    return Decision.from_json(read_json(path, "promote"))
