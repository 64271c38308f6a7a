"""`inkpipe champion`: the model that serves now, its scores and its origin."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

from inkpipe.cli.common import find_champion
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import interval
from inkpipe.output import as_json
from inkpipe.promotion.decision import Decision
from inkpipe.tracking import ReadStore
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import check_package
from inkpipe.tracking.provenance import Dataset, run_origin

UNKNOWN = "not known"


@dataclass(frozen=True)
class ChampionDescription:
    """What the registry knows of a version. Its fields are the keys of `inkpipe champion --json`.

    Fields are None where the registry knows nothing, such as the decision on a champion that was set by hand.

    Attributes:
        name, version: of the model in the registry.
        digest: of the model's files.
        n: number of test images.
        cer, cer_low, cer_high: character error rate on them, with its 95 % interval; 0 upwards.
        reason: why it became champion.
        fault: why it cannot serve: its files are gone or are not those that were registered; None if they are whole.
        run_id: the MLflow run of its training.
        git_commit, git_dirty: the code of the training, and `true` if it had uncommitted changes.
        dvc_experiment: the DVC experiment of the training.
        data: the inputs of the training.
    """

    name: str
    version: int
    digest: str | None
    n: int | None
    cer: float | None
    cer_low: float | None
    cer_high: float | None
    reason: str | None
    fault: str | None
    run_id: str
    git_commit: str | None
    git_dirty: str | None
    dvc_experiment: str | None
    data: tuple[Dataset, ...]


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the champion, for people or as JSON. The exit code is 1 if its files are gone, so that it cannot serve."""
    champion = describe(*find_champion())
    if arguments.json:
        print(as_json(asdict(champion), out), file=out)
        return 1 if champion.fault else 0
    cer = UNKNOWN if champion.cer is None else interval(asdict(champion), "cer")
    lines = {
        "champion": f"{champion.name} version {champion.version}",
        "test CER": f"{cer} on {champion.n:,} images" if champion.n else cer,
        "model": champion.digest,
        "trained on": trained_on(champion.data),
        "MLflow run": champion.run_id,
        "git commit": champion.git_commit,
        "experiment": champion.dvc_experiment,
        "why": champion.reason,
        "files": champion.fault or "whole",
    }
    for title, value in lines.items():
        print(f"{title:<12}{value or UNKNOWN}", file=out)
    return 1 if champion.fault else 0


def describe(store: ReadStore, version: ModelVersion) -> ChampionDescription:
    """Collect what the store knows of a version.

    Args:
        store: of the version.
        version: the version.

    Raises:
        InkpipeError: the store fails.
    """
    decision = Decision.from_json(version.decision) if version.decision else None
    scores, origin = decision.scores if decision else {}, run_origin(store, version.run_id)
    return ChampionDescription(
        name=version.name,
        version=version.number,
        digest=version.digest or None,
        n=int(scores["n"]) if "n" in scores else None,
        cer=scores.get("cer"),
        cer_low=scores.get("cer_low"),
        cer_high=scores.get("cer_high"),
        reason=decision.reason if decision else None,
        fault=_fault(version),
        run_id=version.run_id,
        git_commit=origin.git_commit,
        git_dirty=origin.git_dirty,
        dvc_experiment=origin.dvc_experiment,
        data=origin.data,
    )


def trained_on(data: Sequence[Dataset]) -> str:
    """Name the inputs of a training, each digest once: the records of training and validation are one output."""
    names: dict[str, list[str]] = {}
    for each in data:
        names.setdefault(each.digest, []).append(each.name)
    return ", ".join(f"{' and '.join(named)} {digest}" for digest, named in names.items())


def _fault(version: ModelVersion) -> str | None:
    try:
        check_package(version)
    except InkpipeError as error:
        return str(error)
    return None
