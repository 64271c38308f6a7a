"""The decision on a new model with the results of its checks, and its record in `data/promotion.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.promotion.checks import FAILED, CheckResult
from inkpipe.promotion.comparison import Comparison

PROMOTED, REJECTED = "champion", "rejected"  # of `decision` in promotion.json


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
    """The outcome of a promotion. Its JSON holds no run id, version, time or latency, so it is reproducible.

    Attributes:
        promoted: whether the candidate becomes champion.
        scores: the candidate's metrics on the test split, by name.
        candidate: the new model.
        champion: the champion that the candidate was compared with; None if there was none.
        reason: one sentence for people, or a few.
        checks: the result of each check.
        images: the digest of the test images and their labels.
        rules: the parameters that the decision rests on.
    """

    promoted: bool
    scores: Mapping[str, float]
    candidate: RatedModel
    champion: RatedModel | None
    reason: str
    checks: Sequence[CheckResult] = ()
    images: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> list[CheckResult]:
        """The results of the checks that failed."""
        return [result for result in self.checks if result.verdict == FAILED]

    @property
    def word(self) -> str:
        """`champion` or `rejected`."""
        return PROMOTED if self.promoted else REJECTED

    def to_json(self) -> dict[str, Any]:
        """The content of `data/promotion.json`."""
        return {
            "decision": self.word,
            "reason": self.reason,
            "model": self.candidate.digest,
            "cer": round(self.candidate.cer, 6),
            "scores": dict(self.scores),
            "champion": self.champion.to_json() if self.champion else None,
            "checks": [result.to_json() for result in self.checks],
            "images": self.images,
            "rules": dict(self.rules),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Decision:
        """Read the JSON form, also those of earlier versions: without checks, or (0.1) with the model as `reader`.

        Args:
            content: the result of `to_json`.

        Raises:
            InkpipeError: the content is not a decision.
        """
        try:
            digest, scores, champion = content.get("model") or content["reader"], content["scores"], content["champion"]
            return cls(
                promoted=content["decision"] == PROMOTED,
                scores=scores,
                candidate=RatedModel(digest, content.get("cer", scores["cer"])),
                champion=RatedModel(**champion) if champion else None,
                reason=content["reason"],
                checks=tuple(CheckResult(**result) for result in content.get("checks", ())),
                images=content.get("images", ""),
                rules=content.get("rules", {}),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise InkpipeError(
                f"This is not the record of a promotion. Received: {content!r:.200}, {error!r}. "
                "Write it again with `dvc repro -sf promote`."
            ) from error


def decide(
    comparison: Comparison, results: Sequence[CheckResult], scores: Mapping[str, float], images: str
) -> Decision:
    """Decide on a candidate: it becomes champion if no check has failed.

    Args:
        comparison: candidate and champion on the same images.
        results: of the checks.
        scores: all metrics of the candidate, for the record.
        images: the digest of the test images.

    Returns:
        The decision with its reason.
    """
    paired, before = comparison.paired, comparison.champion
    champion = RatedModel(before.digest, round(paired.champion_cer, 6)) if before and paired else None
    candidate = RatedModel(comparison.candidate.digest, round(comparison.cer, 6))
    failed = [result for result in results if result.verdict == FAILED]
    if failed:
        reason = " ".join(f"{result.check}: {result.explanation}" for result in failed)
    elif champion:
        reason = next(result.explanation for result in results if result.check == "min_improvement")
    else:
        reason = "It is the first model."
    return Decision(not failed, scores, candidate, champion, reason, tuple(results), images)


def read_scores(path: Path) -> dict[str, float]:
    """Read the metrics that evaluate left.

    Args:
        path: of metrics.json.

    Returns:
        Numbers by name; `n` is the number of images.

    Raises:
        InkpipeError: metrics.json is absent or is not JSON.
    """
    metrics = read_json(path, "evaluate")
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
