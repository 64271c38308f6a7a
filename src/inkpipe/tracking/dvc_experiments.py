"""DVC experiments: the one that runs now, and those that git keeps."""

from __future__ import annotations

import os
from typing import NamedTuple

from inkpipe.tracking.code_state import git

REFS = "refs/exps"  # where DVC keeps experiments: refs/exps/BA/SELINE.../NAME
HASH_LENGTH = 40


class Experiment(NamedTuple):
    """A DVC experiment. Its name is unique among those of its baseline.

    Attributes:
        name: as `dvc exp show` has it.
        baseline: the commit that it started from.
    """

    name: str
    baseline: str


class KeptExperiment(NamedTuple):
    """An experiment that git keeps.

    Attributes:
        experiment: its name and its baseline.
        commit: with its params.yaml, dvc.lock and metrics.
    """

    experiment: Experiment
    commit: str


def current_experiment() -> Experiment | None:
    """The experiment that this process is part of; None outside of `dvc exp run`."""
    name = os.environ.get("DVC_EXP_NAME")
    return Experiment(name, os.environ.get("DVC_EXP_BASELINE_REV", "")) if name else None


def kept_experiments() -> list[KeptExperiment]:
    """List the experiments of the repository around the working folder, the oldest first; none outside of one."""
    listed = git("for-each-ref", "--sort=creatordate", "--format=%(objectname) %(refname)", REFS) or b""
    found = []
    for line in listed.decode().splitlines():
        commit, ref = line.split(" ", 1)
        first, _, rest = ref.removeprefix(f"{REFS}/").partition("/")
        second, _, name = rest.partition("/")
        if name and len(first + second) == HASH_LENGTH:  # others are DVC's own, such as refs/exps/exec
            found.append(KeptExperiment(Experiment(name, first + second), commit))
    return found
