"""Values as `dvc exp run -S` takes them."""

from __future__ import annotations

import json
import re
from typing import Any

PLAIN = re.compile(r"[\w./-]+", re.ASCII)  # a text that Hydra's grammar of overrides takes without quotes
AMBIGUOUS = re.compile(r"(?i)null|true|false|nan|[+-]?inf|[-+\d._e]+")  # and that it would take for no text


def set_param(name: str, value: Any) -> str:
    """Write `NAME=VALUE` in the grammar of DVC's overrides (Hydra's). A shell needs quotes around it.

    Args:
        name: of the parameter in params.yaml, with dots.
        value: a text, a number, a truth value, None or a list of those.
    """
    return f"{name}={_in_hydra(value)}"


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
