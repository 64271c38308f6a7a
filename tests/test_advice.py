"""Every command that the README or a message gives is one that exists, with parameters and stages that exist."""

import re
import shlex
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from tests.values import replaced

from inkpipe.cli import _parser

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/team.md", "docs/training.md")
README = "".join((ROOT / page).read_text() for page in PAGES)
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
STAGES = set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines() if line.strip()]
SOURCES = {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "src").rglob("*.py")}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# placeholders of messages, and something that may stand for them
PLACEHOLDERS = {"VERSION": "1", "{version.number}": "1", "...": "because", "N": "1"}


def words(command):
    return [PLACEHOLDERS.get(word, word) for word in shlex.split(command, comments=True)]


def quoted(prefix):
    """Commands between backticks in the README and in the code, with the file that they are in."""
    texts = {"README.md": README, **SOURCES}
    return [
        (name, command)
        for name, text in texts.items()
        # a message in the code may be broken over two lines of a string
        for command in re.findall(rf"`({prefix}[^`\n]*)`", re.sub(r'"\n\s+f?"', "", text))
    ]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("inkpipe ")])
def test_commands_of_the_readme_parse(line):
    assert _parser().parse_args(words(line)[1:])


@pytest.mark.parametrize(("name", "command"), quoted("inkpipe (?!version)[a-z]"))
def test_commands_of_messages_parse(name, command):
    """Those without their arguments, as a docstring names a command, are asked for help instead."""
    arguments = words(command)[1:]
    complete = len(arguments) > 2 or arguments[-1] in ("champion", "summary", "ui", "list", "history")
    with pytest.raises(SystemExit, match="^0$") if not complete else nullcontext():
        assert _parser().parse_args(arguments if complete else [*arguments, "--help"])


@pytest.mark.parametrize(("name", "command"), quoted("dvc repro"))
def test_a_forced_stage_is_forced_alone(name, command):
    """`-f STAGE` would run all stages before it too, which takes many minutes."""
    for word in words(command)[2:]:
        assert word in {"-sf", "--dry", "--allow-missing", "--force", "{stage}", *STAGES}, (name, command)


@pytest.mark.parametrize("setting", sorted(set(re.findall(r"-S ([\w.]+)=", README))))
def test_parameters_of_the_readme_exist(setting):
    assert replaced(PARAMS, {setting: 1})
    value = PARAMS
    for key in setting.split("."):
        value = value[key]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`", README + "".join(SOURCES.values())))))
def test_targets_of_make_exist(target):
    assert target in TARGETS
