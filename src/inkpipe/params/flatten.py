"""Nested settings as one flat mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flatten(content: Mapping[str, Any]) -> dict[str, Any]:
    """Give the leaves of nested mappings dotted names, as in `dvc exp run -S train.clip_norm=1.0`.

    Args:
        content: mappings in mappings, of any depth. Lists are leaves.

    Returns:
        Each leaf by its dotted name, in the order of the content. An empty mapping has no leaf.
    """
    leaves: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            leaves |= {f"{name}.{below}": leaf for below, leaf in flatten(value).items()}
        else:
            leaves[name] = value
    return leaves
