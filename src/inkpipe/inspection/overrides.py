"""Parameters to change: applied to the present ones, and as options of `dvc exp run`."""

from __future__ import annotations

import copy
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inkpipe.params import Params, parse_params
from inkpipe.params.set_param import set_param


@dataclass(frozen=True)
class Override:
    """A value for a parameter.

    Attributes:
        name: of the parameter in params.yaml, with dots.
        value: a text, a number or a list of texts.
        reason: why the corpus needs it.
    """

    name: str
    value: Any
    reason: str

    @property
    def option(self) -> str:
        """The option of `dvc exp run`, quoted for the grammar of its overrides (Hydra's) and for the shell."""
        return f"-S {shlex.quote(set_param(self.name, self.value))}"


def applied(params: Params, overrides: Iterable[Override]) -> Params:
    """The parameters with some values replaced. Those that params.yaml leaves to `auto` follow a new preset or source.

    Args:
        params: the present ones, as `parse_params` made them.
        overrides: the values.

    Raises:
        InkpipeError: the values do not fit each other.
    """
    content = copy.deepcopy(dict(params.given))
    for override in overrides:
        *sections, leaf = override.name.split(".")
        inner = content
        for section in sections:
            inner = inner[section]
        inner[leaf] = override.value
    return parse_params(content)
