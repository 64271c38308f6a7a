"""The values that `auto` stands for, as a small file that `dvc exp show` has columns of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from inkpipe.files import whole_file
from inkpipe.params.flatten import flatten
from inkpipe.params.model import auto_values
from inkpipe.params.params import Params


def resolved_values(params: Params) -> dict[str, Any]:
    """Name the parameters that may be `auto`, with the values that the pipeline uses.

    Args:
        params: the resolved parameters.

    Returns:
        Values by dotted name. The names depend on preset and source alone, so that experiments can be compared.
    """
    names = flatten(auto_values(params.model.preset, params.data.source) or {})
    values = flatten(params.model_dump(mode="json", by_alias=True))
    return {name: values[name] for name in names}


def write_resolved(path: Path, params: Params) -> None:
    """Write `resolved_values` as YAML; the same parameters, the same bytes.

    Args:
        path: the file to replace.
        params: the resolved parameters.

    Raises:
        InkpipeError: the file cannot be written, or the disk is full.
    """
    with whole_file(path) as partial:
        partial.write_text(yaml.safe_dump(resolved_values(params), sort_keys=False), encoding="utf-8")
