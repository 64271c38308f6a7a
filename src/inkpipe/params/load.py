"""Read params.yaml, resolve `auto`, check it, and say in one message what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from inkpipe.errors import InkpipeError
from inkpipe.params.model import auto_values
from inkpipe.params.params import Params

PARAMS_FILE = Path("params.yaml")
FLOAT = "tag:yaml.org,2002:float"
EXPONENT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+\Z")  # of numbers in YAML 1.2


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check params.yaml.

    Raises:
        InkpipeError: the file is absent or is not YAML, or some values are unknown, of a wrong type, out of range or
            contradict each other. The message names all faults.
    """
    return parse_params(read_content(path))


def read_content(path: Path = PARAMS_FILE) -> Any:
    """Read params.yaml as it stands, each `auto` included.

    Raises:
        InkpipeError: the file is absent or is not YAML.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. Run from the root of the project.") from error
    except OSError as error:
        raise InkpipeError(f"{path} cannot be read. Received: {error}.") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: bytes that are no UTF-8, or a date such as 2020-13-45
        raise InkpipeError(f"{path} is not YAML in UTF-8. Received: {error}") from error


def parse_yaml(text: str | bytes) -> Any:
    """Read YAML as DVC does: no key stands twice, and `5e-05` is a number.

    Args:
        text: YAML in UTF-8.

    Raises:
        yaml.YAMLError: it is no YAML, or a key stands twice.
        ValueError: bytes are no UTF-8, or a date does not exist.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def dump_yaml(content: Any) -> str:
    """Write YAML that `parse_yaml` reads back as it is: a text such as `1e5` gets quotes.

    Args:
        content: mappings, lists and plain values.
    """
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """Knows the numbers of `_Loader`."""


class _Loader(yaml.SafeLoader):
    """PyYAML reads YAML 1.1: of a key that stands twice it takes the last one in silence, and `5e-05` as a text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if repeated := [key for key, count in keys.items() if count > 1]:
            problem = f"stands twice: {', '.join(repeated)}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)


for each in (_Loader, _Dumper):
    each.add_implicit_resolver(FLOAT, EXPONENT, [*"-+.0123456789"])


def parse_params(content: Any) -> Params:
    """Check the content of params.yaml, each `auto` replaced by the value of preset and source.

    Raises:
        InkpipeError: see `load_params`.
    """
    if not isinstance(content, dict):
        raise InkpipeError(f"params.yaml must hold a mapping of names to values. Received: {type(content).__name__}.")
    preset = auto_values(_leaf(content, "model", "preset"), _leaf(content, "data", "source"))
    try:
        params = Params.model_validate(_resolve(content, preset or {}))
    except ValidationError as error:
        # Without a preset no `auto` has a value; that is one fault, not one for each parameter.
        faults = [fault for fault in error.errors() if preset or fault["input"] != "auto"]
        listed = "\n".join(map(_line, faults))
        raise InkpipeError(f"params.yaml has {len(faults)} fault(s):\n{listed}") from error
    params._given = content
    return params


def _leaf(content: dict[Any, Any], section: str, name: str) -> str:
    inner = content.get(section)
    return str(inner.get(name)) if isinstance(inner, dict) else ""


def _resolve(value: Any, preset: Any) -> Any:
    if isinstance(value, dict):
        below = preset if isinstance(preset, dict) else {}
        return {key: _resolve(item, below.get(key)) for key, item in value.items()}
    return preset if value == "auto" and preset is not None else value


def _line(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"  {name}: no such parameter. Remove it or correct its name; params.yaml's comments list them all."
    if fault["type"] == "missing":
        return f"  {name}: missing. Restore it from the params.yaml of the repository."
    if fault["type"] == "value_error":
        return f"  {fault['msg'].removeprefix('Value error, ')}."
    return f"  {name}: {fault['msg']}. Received: {fault['input']!r}.{_as_number(fault['input'])}"


def _as_number(value: Any) -> str:
    """How to write a text as a number, if it is one: quotes make a text of any."""
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    return "" if number is None or not number.is_finite() else f" Write {number:f}, without quotes."
