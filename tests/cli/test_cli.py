import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from inkpipe.cli import SPLITS, main
from inkpipe.data import corpus


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom inkpipe.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as end: print('code', end.code)\n"
        "print([name for name in ('tensorflow', 'mlflow', 'numpy', 'pandas', 'pydantic') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for command in ("read", "score", "champion", "summary", "previews", "label-errors", "learning-curve", "ui"):
        assert re.search(rf"\n    {command}\s", printed)
    assert printed.endswith("code 0\n[]\n")


@pytest.mark.parametrize(("command", "end"), [("ui", "on loopback."), ("learning-curve", "buy?")])
def test_the_purpose_of_a_command_is_a_sentence(command, end, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert capsys.readouterr().out.split("\n\n")[1].endswith(end)


def test_the_package_runs_as_a_module():
    result = subprocess.run([sys.executable, "-m", "inkpipe", "--version"], capture_output=True, text=True, check=True)
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert result.stdout == f"inkpipe {project['version']}\n"


def test_the_splits_are_those_of_the_corpus():
    assert SPLITS == corpus.SPLITS


@pytest.mark.parametrize(
    "arguments", [[], ["read"], ["score", "--data", "x"], ["score", "--data", "x", "--split", "y"]]
)
def test_wrong_usage_ends_in_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: inkpipe")


def test_an_output_that_nobody_takes_any_more_is_no_error(tmp_path):
    code = (
        "import sys\nfrom inkpipe import cli\n"
        "def run(arguments, out):\n    raise BrokenPipeError\n"
        "sys.modules['inkpipe.cli.summary'] = type(sys)('summary')\n"
        "sys.modules['inkpipe.cli.summary'].run = run\n"
        "sys.exit(cli.main(['summary']))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
