import json
import os
import subprocess
import sys

import pytest

from inkpipe.cli import main
from inkpipe.tracking import connect, ensure_run

pytest_plugins = ["tests.tiny"]


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom inkpipe.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as end: print('code', end.code)\n"
        "print([name for name in ('tensorflow', 'mlflow', 'numpy', 'pandas', 'pydantic') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for command in ("read", "score", "champion", "summary", "ui"):
        assert f"\n    {command} " in said
    assert said.endswith("code 0\n[]\n")


def test_the_package_runs_as_a_module():
    said = subprocess.run([sys.executable, "-m", "inkpipe", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == "inkpipe 0.1.0\n"


@pytest.mark.parametrize(
    "arguments", [[], ["read"], ["score", "--data", "x"], ["score", "--data", "x", "--split", "y"]]
)
def test_wrong_usage_ends_in_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: inkpipe")


def test_without_a_champion_there_is_one_message_and_no_store_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["champion"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("inkpipe champion: No reader is champion. Received: model name 'inkpipe' in ")
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_a_champion_is_the_same_message(name, capsys):
    connect()
    assert main(["read", "a.jpg"]) == 1
    assert "No reader is champion" in capsys.readouterr().err


@pytest.fixture
def promoted(name, trained, make_params, tmp_path):
    """A project whose reader is champion: evaluation, promotion and registry agree."""
    from inkpipe.promotion import Outputs, promote

    (tmp_path / "data").mkdir()
    model, history = trained("data/model")
    rates = {
        f"{rate}{end}": value
        for rate in ("cer", "wer", "exact")
        for end, value in (("", 0.25), ("_low", 0.2), ("_high", 0.3))
    }
    evaluation = tmp_path / "data" / "evaluation"
    evaluation.mkdir()
    (evaluation / "metrics.json").write_text(json.dumps({"n": 1000, **rates}))
    params = make_params(promote__model_name="inkpipe")
    promote(params, Outputs(model, history, evaluation, tmp_path, tmp_path), tmp_path / "data" / "promotion.json")
    return ensure_run(model, history, params)


@pytest.fixture
def own_store(tmp_path, monkeypatch):
    """A store of this test's own: the commands look for the model name `inkpipe`."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/own.db")


def test_champion_and_summary_say_what_serves_and_where_it_came_from(own_store, promoted, tmp_path, capsys):
    capsys.readouterr()
    assert main(["champion", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "inkpipe"
    assert found["version"] == 1
    assert found["run_id"] == promoted
    assert (found["n"], found["cer"], found["cer_low"], found["cer_high"]) == (1000, 0.25, 0.2, 0.3)
    assert found["reason"] == "It is the first reader."
    assert set(found) >= {"digest", "git_commit", "git_dirty", "dvc_experiment", "data"}

    assert main(["champion"]) == 0
    said = capsys.readouterr().out
    assert "champion    inkpipe version 1\ntest CER    25.00% (20.00% to 30.00%) on 1,000 images\n" in said

    assert main(["summary"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "1,000 test images, each rate with its 95 % interval\n  CER         25.00% (20.00% to 30.00%)\n"
    )
    assert "inkpipe version 1 (champion) in sqlite:///" in said
    assert f"report      {tmp_path}/data/evaluation/report.html" in said
    assert "make ui" in said


def test_ui_becomes_the_server_of_the_projects_own_store(own_store, tmp_path, monkeypatch, capsys):
    (tmp_path / "own.db").touch()
    became = []
    monkeypatch.setattr(os, "execve", lambda *arguments: became.append(arguments))
    with pytest.raises(TypeError):  # a real execve does not come back
        main(["ui", "--port", "5055"])
    ((program, command, environment),) = became
    assert program == sys.executable
    options = dict(zip(command[4::2], command[5::2], strict=True))
    assert command[:4] == [sys.executable, "-m", "mlflow", "server"]
    assert options["--host"] == "127.0.0.1"
    assert options["--port"] == "5055"
    assert options["--backend-store-uri"] == f"sqlite:///{tmp_path.resolve()}/own.db"
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert "http://127.0.0.1:5055" in capsys.readouterr().out


def test_ui_of_a_server_is_the_servers(monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server:5000")
    assert main(["ui"]) == 0
    assert "http://server:5000" in capsys.readouterr().out
