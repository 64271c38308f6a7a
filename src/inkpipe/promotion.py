"""The promotion gate: a reader becomes champion only if it is better than the champion on the same images."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from inkpipe.corpus import read_rows
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.imaging import UnreadableImage
from inkpipe.manifest import accepted_rows
from inkpipe.metrics import edits
from inkpipe.model.artifacts import READER
from inkpipe.params import Params
from inkpipe.progress import track
from inkpipe.registry import logged_model_id, register, registered_reader, version_of
from inkpipe.tracking import MODEL_DIGEST, Store, connect, ensure_run, patiently, understood
from inkpipe.vocabulary import Vocabulary

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
DECISION = "inkpipe.decision"


@dataclass(frozen=True)
class Rated:
    """A reader, by the digest of its files, and its CER on the test images at hand."""

    digest: str
    cer: float

    def to_json(self) -> dict[str, Any]:
        """Digest and CER, rounded as all rates are."""
        return {"digest": self.digest, "cer": round(self.cer, 6)}


@dataclass(frozen=True)
class Decision:
    """What becomes of a new reader and why.

    Attributes:
        alias: which alias it gets.
        scores: its scores on the test split, as evaluate left them.
        reader: the new reader.
        champion: the champion that it was compared with on the same images; None if there was none.
        reason: one sentence for people.
    """

    alias: Literal["champion", "challenger"]
    scores: Mapping[str, float]
    reader: Rated
    champion: Rated | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """What goes to `data/promotion.json`: the same on every machine where the same readers meet."""
        return {
            "decision": self.alias,
            "reason": self.reason,
            "reader": self.reader.digest,
            "scores": dict(self.scores),
            "champion": self.champion.to_json() if self.champion else None,
        }


def decide(reader: Rated, scores: Mapping[str, float], champion: Rated | None, min_improvement: float) -> Decision:
    """Judge a new reader against the champion; on the same images a tie, within rounding, keeps the champion.

    Args:
        reader: the new one.
        scores: all its scores, for the record.
        champion: the champion with its CER on the same images, None if nothing is champion.
        min_improvement: the CER must be lower by more than this.
    """
    if champion is None:
        return Decision(CHAMPION, scores, reader, None, "It is the first reader.")
    gain = round(champion.cer - reader.cer, 6)
    side = "below" if gain >= 0 else "above"
    compared = f"Its CER of {reader.cer:.4f} is {abs(gain):.4f} {side} the champion's {champion.cer:.4f}"
    if gain > min_improvement:
        return Decision(CHAMPION, scores, reader, champion, f"{compared}.")
    return Decision(
        CHALLENGER, scores, reader, champion, f"{compared}; it must be more than {min_improvement:g} below."
    )


@dataclass(frozen=True)
class Outputs:
    """Where the stages before leave what a promotion needs.

    Attributes:
        model, history: the reader and the CSV of its training.
        evaluation: the folder of its scores, figures and report.
        corpus, manifest: the images, and which of them are accepted with which labels.
    """

    model: Path
    history: Path
    evaluation: Path
    corpus: Path
    manifest: Path


def promote(params: Params, found: Outputs, target: Path) -> str:
    """Register the reader, log its evaluation, and make it champion if it is better than the champion.

    Run again, it changes nothing; run again after a failure, it completes what is missing.

    Args:
        params: of which `promote` is used, and all are logged.
        found: what the stages before left.
        target: JSON of the decision, free of run ids, versions and times.

    Returns:
        A line that names version, alias and reason.

    Raises:
        InkpipeError: the store cannot be used, or an input is absent.
    """
    name, scores = params.promote.model_name, _scores(found.evaluation)
    run_id = ensure_run(found.model, found.history, params)
    store = connect()
    with understood():
        version = register(store, name, found.model, run_id)
        _log_evaluation(store, run_id, version, scores, found.evaluation)
        decision = _settle(store, version, scores, found, params.promote.min_improvement)
    write_json(target, decision.to_json())
    return f"{name} version {version.version} is {decision.alias}. {decision.reason}"


def _scores(evaluation: Path) -> dict[str, float]:
    metrics = read_json(evaluation / "metrics.json", "evaluate")
    return {key: value for key, value in metrics.items() if isinstance(value, int | float)}


def _log_evaluation(
    store: Store, run_id: str, version: ModelVersion, scores: Mapping[str, float], folder: Path
) -> None:
    """Log the scores to run and model, once, and the report with its figures."""
    from mlflow.entities import Metric

    logged = store.client.get_run(run_id).data.metrics
    new = {f"test_{key}": float(value) for key, value in scores.items() if logged.get(f"test_{key}") != value}
    now, model_id = int(time.time() * 1000), logged_model_id(version)
    metrics = [Metric(key, value, now, 0, model_id=model_id) for key, value in new.items()]
    patiently(lambda: store.client.log_batch(run_id, metrics=metrics))
    patiently(lambda: store.client.log_artifacts(run_id, str(folder), "evaluation"))


def _settle(
    store: Store, version: ModelVersion, scores: Mapping[str, float], found: Outputs, min_improvement: float
) -> Decision:
    """Decide, note the decision at the version, then move the alias: what stops between, the next run completes."""
    while True:
        champion = version_of(store, version.name, CHAMPION)
        decision = _decided(champion, version, scores, found, min_improvement)
        if _number(version_of(store, version.name, CHAMPION)) == _number(champion):  # nobody moved it
            break
    client, name, number = store.client, version.name, str(version.version)
    patiently(lambda: client.set_model_version_tag(name, number, DECISION, json.dumps(decision.to_json())))
    patiently(lambda: client.set_registered_model_alias(name, decision.alias, number))
    if decision.alias == CHAMPION and _number(version_of(store, name, CHALLENGER)) == number:
        patiently(lambda: client.delete_registered_model_alias(name, CHALLENGER))
    return decision


def _decided(
    champion: ModelVersion | None,
    version: ModelVersion,
    scores: Mapping[str, float],
    found: Outputs,
    min_improvement: float,
) -> Decision:
    reader = Rated(version.tags[MODEL_DIGEST], scores["cer"])
    if champion is None:
        return decide(reader, scores, None, min_improvement)
    if _number(champion) == _number(version):
        return _confirmed(champion, reader, scores)
    rated = Rated(champion.tags[MODEL_DIGEST], champion_cer(champion, scores, found))
    return decide(reader, scores, rated, min_improvement)


def _confirmed(champion: ModelVersion, reader: Rated, scores: Mapping[str, float]) -> Decision:
    """The decision that made this reader champion, so that a second run leaves the same bytes."""
    noted = json.loads(champion.tags.get(DECISION, "{}"))
    if noted.get("decision") != CHAMPION or noted["scores"] != dict(scores):
        return Decision(CHAMPION, scores, reader, None, "It is the champion already.")
    before = Rated(**noted["champion"]) if noted["champion"] else None
    return Decision(CHAMPION, scores, reader, before, noted["reason"])


def champion_cer(champion: ModelVersion, scores: Mapping[str, float], found: Outputs) -> float:
    """The CER of the champion on the images that the new reader was scored on, read from their raw bytes.

    Its texts are normalised as the new reader's labels are, so that one with another case policy is compared fairly.

    Raises:
        InkpipeError: the scores are of other images, or the champion cannot be run or cannot read an image.
    """
    rows, labels = accepted_rows(found.manifest, "test")
    if scores["n"] != len(rows):
        raise InkpipeError(
            f"The scores in {found.evaluation} are not of the test images in {found.manifest}. "
            f"Received: {scores['n']} and {len(rows)} images. Run `dvc repro evaluate` first."
        )
    rules = Vocabulary.from_json(read_json(found.model / READER, "train")["vocabulary"])
    samples = zip(labels, read_rows(found.corpus, "test", rows), strict=True)
    images = (((label, sample.filename), sample.image) for label, sample in samples)
    wrong = 0
    with registered_reader(champion) as reader:
        for (label, name), read in track(reader.read_each(images), len(rows), "reading test images with the champion"):
            if isinstance(read, UnreadableImage):
                raise UnreadableImage(f"The champion cannot read test image {name}. {read}")
            wrong += edits(label, rules.normalise(read.text))
    return wrong / sum(map(len, labels))


def _number(version: ModelVersion | None) -> str | None:
    return str(version.version) if version else None
