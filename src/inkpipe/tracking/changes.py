"""Which parameters of a run a person wants to see: the few that runs are compared by, and those that it changed.

All of them stand in the run's artifact `params.yaml`; as MLflow params they would be more than 200 rows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import yaml

from inkpipe.errors import InkpipeError
from inkpipe.params import Params, parse_params
from inkpipe.params.flatten import flatten
from inkpipe.params.load import PARAMS_FILE, parse_yaml, read_content
from inkpipe.params.model import PRESETS
from inkpipe.tracking.code_state import committed_file

# What runs are compared by, beside the section of the chosen network.
COMPARED = (
    *("seed", "lr", "batch_size", "epochs", "data.source", "model.preset"),
    *("preprocess.height", "preprocess.width", "preprocess.features", "preprocess.crop", "augment.enabled"),
    *("train.optimizer", "train.schedule", "train.loss", "train.averaging", "train.init_from", "decode.method"),
)


def flat_params(params: Params) -> dict[str, str]:
    """Write the parameters as MLflow logs them.

    Args:
        params: the resolved parameters.

    Returns:
        Texts under dotted names, as in `dvc exp run -S NAME=VALUE`; numbers, lists and null as JSON.
    """
    return _texts(flatten(params.model_dump(mode="json", by_alias=True)))


def _texts(leaves: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value, default=str) for name, value in leaves.items()}


def committed_params(commit: str) -> Params | None:
    """Read params.yaml of a commit.

    Args:
        commit: any name of it that git knows.

    Returns:
        The resolved parameters; None if there is no such commit, or if its parameters are of another version.
    """
    content = committed_file(commit, PARAMS_FILE)
    try:
        return parse_params(parse_yaml(content)) if content is not None else None
    except (InkpipeError, yaml.YAMLError):
        return None


def changed_params(params: Params, before: Params | None) -> dict[str, tuple[str, str]]:
    """Compare resolved parameters, so that `auto` and its value are the same.

    Args:
        params: of a run.
        before: of the commit that it started from; None if they are not known.

    Returns:
        By dotted name: the value before, and the value now; empty if nothing is known.
    """
    old, new = flat_params(before) if before else {}, flat_params(params)
    return {name: (old[name], new[name]) for name in new if name in old and old[name] != new[name]}


def raw_changes(commit: str) -> dict[str, tuple[str, str]]:
    """Compare params.yaml with that of a commit as both stand, for values that inkpipe refuses.

    Args:
        commit: any name of it that git knows.

    Returns:
        As `changed_params`; values that were added are compared with `absent`. Empty if one of both is no mapping.
    """
    try:
        old = parse_yaml(committed_file(commit, PARAMS_FILE) or b"")
        new = read_content()
    except (InkpipeError, yaml.YAMLError):
        return {}
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return {}
    before, now = (_texts(flatten(content)) for content in (old, new))
    return {name: (before.get(name, "absent"), now[name]) for name in now if before.get(name) != now[name]}


def shown_params(params: Params, further: Collection[str]) -> dict[str, str]:
    """Choose the parameters that become MLflow params.

    Args:
        params: the resolved parameters of a run.
        further: dotted names to show in any case, such as the changed ones.

    Returns:
        Those that runs are compared by, and the further ones, in the order of params.yaml.
    """
    network = f"model.{PRESETS[params.model.preset].network}."
    values = flat_params(params).items()
    return {name: value for name, value in values if name in COMPARED or name.startswith(network) or name in further}


def describe_changes(changes: Mapping[str, tuple[str, str]]) -> str:
    """Say on one line what a run changed, such as `lr 0.0005 (was 0.002)`; `none` if nothing."""
    return ", ".join(f"{name} {now} (was {before})" for name, (before, now) in changes.items()) or "none"
