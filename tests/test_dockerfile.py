"""What the Dockerfile copies and runs exists. No image is built: tests need neither a daemon nor a network."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from inkpipe.cli import _parser

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
INSTRUCTIONS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line]
OUTPUTS = [
    name
    for stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    for each in stage.get("outs", [])
    for name in (each if isinstance(each, dict) else [each])
]


def arguments(name):
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name]


def copied():
    """What is copied from the project."""
    return [source for rest in arguments("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_or_is_an_output_of_the_pipeline_and_is_sent_to_the_builder(source):
    assert (ROOT / source).exists() or source in OUTPUTS
    assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_nothing_else_is_sent_to_the_builder():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["*", *(f"!{source}" for source in copied()), "**/__pycache__"]


def test_the_server_is_started_with_options_that_it_has():
    (program, *words), default = (json.loads(*arguments(name)) for name in ("ENTRYPOINT", "CMD"))
    assert program == "inkpipe"
    chosen = _parser().parse_args([*words, *default])
    assert (chosen.command, chosen.host, chosen.allow_host) == ("serve", "0.0.0.0", ["localhost"])
    assert [str(chosen.port)] == arguments("EXPOSE")
    assert [rest.split()[-1] for rest in arguments("COPY") if "recognizer" in rest] == [chosen.model]
    assert any(f"http://127.0.0.1:{chosen.port}/readyz" in rest for rest in arguments("HEALTHCHECK"))


def test_it_runs_without_rights_and_with_the_packages_of_the_server_alone():
    assert arguments("USER") == ["inkpipe"]
    installed = re.search(r"pip install .*\"\.\[(\w+)\]\"", TEXT)[1]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert installed == "serve"
    assert not {"tensorflow", "mlflow", "dvc"} & {re.match(r"[\w-]+", each)[0] for each in extras[installed]}
    version = re.search(r"python:(\d\.\d+)-slim", TEXT)[1]
    assert (ROOT / "pyproject.toml").read_text().count(f'requires-python = ">={version},') == 1
