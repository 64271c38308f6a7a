"""The facts of a model card, gathered once, when a model is registered, and kept with its MLflow run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from inkpipe.data.corpus import Corpus
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, sha256_json
from inkpipe.model.artifacts import load_settings
from inkpipe.params import Params
from inkpipe.tracking.changes import changed_params, committed_params
from inkpipe.tracking.provenance import DVC_LOCK, inputs, run_origin
from inkpipe.tracking.store import ReadStore

REGISTERING_STAGE = "promote"  # whose own entry in dvc.lock is of the run before


@dataclass(frozen=True)
class CardFacts:
    """What a model card tells beside the decision, as plain values that JSON can hold.

    Attributes:
        source: where the corpus comes from, without the settings of the generator.
        splits: number of rows, accepted and quarantined ones, by split.
        quarantined: number of rows by the rule that they violate.
        skipped: number of files that were skipped at download, by reason.
        synthetic: number of synthetic rows and accepted ones, by split; empty if there is none beside real ones.
        digests: of the data that was trained on, by name.
        scores: the content of metrics.json.
        slices: the content of slices.json: scores by fact and part.
        characters: that the model can predict.
        longest_label: of the training, in characters.
        frames: of the network's output: no text can be longer.
        image: height and width in pixels that images are brought to.
        decoder: its settings, the fitted ones included.
        files: sizes in bytes by name.
        parameters: all of them, resolved, in their sections.
        changes: value at the commit and value of this training, of the parameters that differ; None if the parameters
            of the commit are not known.
        commit: of the code; None if it is not known.
        dirty: whether the code had changes that were not committed; None if it is not known.
        experiment: the DVC experiment; None for none.
        lock: the digest of dvc.lock without the stage that registers; None without DVC.
    """

    source: Mapping[str, Any]
    splits: Mapping[str, Mapping[str, int]]
    quarantined: Mapping[str, int]
    skipped: Mapping[str, int]
    synthetic: Mapping[str, Mapping[str, int]]
    digests: Mapping[str, str]
    scores: Mapping[str, float]
    slices: Mapping[str, Mapping[str, Mapping[str, float]]]
    characters: Sequence[str]
    longest_label: int
    frames: int
    image: Sequence[int]
    decoder: Mapping[str, Any]
    files: Mapping[str, int]
    parameters: Mapping[str, Any]
    changes: Mapping[str, Sequence[str]] | None
    commit: str | None
    dirty: bool | None
    experiment: str | None
    lock: str | None

    def to_json(self) -> str:
        """Write the facts as JSON; the same facts give the same text."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> CardFacts:
        """Read what `to_json` wrote.

        Raises:
            InkpipeError: it is of another version of inkpipe.
        """
        content = json.loads(text)
        names = {field.name for field in fields(cls)}
        if not isinstance(content, dict) or not names <= content.keys():
            raise InkpipeError(
                "The facts of the model card are of another version of inkpipe. Write them anew with "
                "`dvc repro -sf promote` where the model was trained."
            )
        return cls(**{name: content[name] for name in names})


def gather_facts(
    store: ReadStore, run_id: str, params: Params, corpus: Corpus, report: Path, recognizer: Path, evaluation: Path,
    scores: Mapping[str, float],
) -> CardFacts:  # fmt: skip
    """Gather the facts of a model from what the stages left.

    Args:
        store: of the run.
        run_id: the MLflow run of the training.
        params: the resolved parameters of the training.
        corpus: that it used.
        report: report.json of the data contract.
        recognizer: the folder of the model's files.
        evaluation: the folder of the evaluation.
        scores: the content of metrics.json.

    Raises:
        InkpipeError: a file is absent or damaged, or the store fails.
    """
    checked, settings, origin = read_json(report, "validate"), load_settings(recognizer), run_origin(store, run_id)
    return CardFacts(
        source={name: value for name, value in corpus.source().items() if name not in ("params", "splits")},
        splits=checked["splits"],
        quarantined=checked["quarantined"],
        skipped=checked.get("skipped_at_ingest", {}),
        synthetic=checked.get("synthetic", {}),
        digests={data.name: data.digest for data in inputs(params)},
        scores=dict(scores),
        slices=read_json(evaluation / "slices.json", "evaluate"),
        characters=list(settings.vocabulary.characters),
        longest_label=settings.vocabulary.longest_label,
        frames=params.frames,
        image=[settings.preprocess.height, settings.preprocess.width],
        decoder=settings.decode.model_dump(mode="json"),
        files={path.name: path.stat().st_size for path in sorted(recognizer.iterdir())},
        parameters=params.model_dump(mode="json", by_alias=True),
        changes=_changes(params, origin.git_commit),
        commit=origin.git_commit,
        dirty=None if origin.git_dirty is None else origin.git_dirty == "true",
        experiment=origin.dvc_experiment,
        lock=_lock_digest(),
    )


def _changes(params: Params, commit: str | None) -> dict[str, list[str]] | None:
    before = committed_params(commit) if commit else None
    return {name: list(values) for name, values in changed_params(params, before).items()} if before else None


def _lock_digest() -> str | None:
    """The digest of what dvc.lock says of all stages but the one that registers, which DVC has not written yet."""
    if not DVC_LOCK.exists():
        return None
    stages = yaml.safe_load(DVC_LOCK.read_text(encoding="utf-8")).get("stages", {})
    return sha256_json({name: entry for name, entry in stages.items() if name != REGISTERING_STAGE})
