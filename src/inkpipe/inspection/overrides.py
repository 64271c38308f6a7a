"""Parameters to change: applied to the present ones, and as options of `dvc exp run`."""

from __future__ import annotations

import copy
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inkpipe.params import Params, parse_params

PLAIN = re.compile(r"[\w./-]+", re.ASCII)  # a text that Hydra's grammar of overrides takes without quotes
AMBIGUOUS = re.compile(r"(?i)null|true|false|nan|[+-]?inf|[-+\d._e]+")  # and that it would take for no text


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
        return f"-S {shlex.quote(f'{self.name}={_in_hydra(self.value)}')}"


def _in_hydra(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_in_hydra, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    if PLAIN.fullmatch(value) and not AMBIGUOUS.fullmatch(value):
        return value
    # A quoted text is taken as it is, but for a `${`, which would name another parameter, and backslashes before
    # that or a quote.
    literal = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", value)
    escaped = re.sub(r"(\\*)('|$)", lambda match: match[1] * 2 + ("\\'" if match[2] else ""), literal)
    return f"'{escaped}'"


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
