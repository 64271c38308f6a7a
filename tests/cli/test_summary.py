import shutil

from inkpipe.cli import main
from inkpipe.tracking import connect
from inkpipe.tracking.registry import remove_alias

pytest_plugins = ["tests.tiny"]


def test_the_summary_has_scores_registry_decision_report_and_what_to_try_next(promoted, own_store, tmp_path, capsys):
    capsys.readouterr()
    assert main(["summary"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "1,000 test images, each rate with its 95 % interval\n  CER         25.00% (20.00% to 30.00%)\n"
    )
    assert f"registry    inkpipe version 1 (champion) in sqlite:///{own_store.resolve()}\n" in printed
    assert "decision    champion. It is the first model.\n" in printed
    assert f"report      {tmp_path}/data/evaluation/report.html" in printed
    assert "make ui" in printed


def test_a_version_without_an_alias_is_said_to_have_none(promoted, capsys):
    remove_alias(connect(), "inkpipe", "champion")
    assert main(["summary"]) == 0
    assert "inkpipe version 1 (no alias) in sqlite:///" in capsys.readouterr().out


def test_a_model_that_this_store_does_not_have_is_said_to_be_not_registered(promoted, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/another.db")
    assert main(["summary"]) == 1  # make repro then registers it
    printed = capsys.readouterr().out
    assert "/another.db; run `dvc repro -sf promote` to register it\n" in printed


def test_without_an_evaluation_there_is_one_message(promoted, tmp_path, capsys):
    (tmp_path / "data/metrics.json").unlink()
    capsys.readouterr()
    assert main(["summary"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "metrics.json does not exist. It is made by `dvc repro evaluate`" in printed.err


def test_in_a_clone_without_a_run_it_says_how_to_get_one(promoted, tmp_path, capsys):
    shutil.rmtree(tmp_path / "data/recognizer")
    capsys.readouterr()
    assert main(["summary"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"inkpipe summary: No run of the pipeline is here. Received: {tmp_path}/data/recognizer, which does not exist. "
        "Run `make repro`, or `dvc pull` if the outputs are on a DVC remote.\n"
    )
