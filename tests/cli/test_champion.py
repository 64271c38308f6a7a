import json
import shutil

from inkpipe.cli import main
from inkpipe.cli.champion import describe, trained_on
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.provenance import Dataset
from inkpipe.tracking.registry import find_version, register, set_alias

pytest_plugins = ["tests.tiny"]


def test_the_champion_is_described_as_json(promoted, tmp_path, capsys):
    capsys.readouterr()
    assert main(["champion", "--json"]) == 0
    champion = json.loads(capsys.readouterr().out)
    assert champion["name"] == "inkpipe"
    assert champion["version"] == 1
    assert champion["run_id"] == promoted
    assert champion["digest"] == model_digest(tmp_path / "data/recognizer")
    assert (champion["n"], champion["cer"], champion["cer_low"], champion["cer_high"]) == (1000, 0.25, 0.2, 0.3)
    assert champion["reason"] == "It is the first model."
    assert set(champion) >= {"digest", "git_commit", "git_dirty", "dvc_experiment", "data"}


def test_the_champion_is_described_for_people(promoted, capsys):
    capsys.readouterr()
    assert main(["champion"]) == 0
    printed = capsys.readouterr().out
    assert "champion    inkpipe version 1\ntest CER    25.00% (20.00% to 30.00%) on 1,000 images\n" in printed
    assert f"MLflow run  {promoted}\n" in printed


def test_inputs_of_one_digest_are_named_together():
    inputs = (Dataset("corpus", "a1"), Dataset("training records", "b2"), Dataset("validation records", "b2"))
    assert trained_on(inputs) == "corpus a1, training records and validation records b2"
    assert trained_on(()) == ""


def test_a_champion_by_hand_has_no_scores_and_no_reason(promoted, trained, capsys):
    store = connect()
    version = register(store, "inkpipe", trained("another"), promoted)
    set_alias(store, version, "champion")
    assert main(["champion"]) == 0
    printed = capsys.readouterr().out
    assert "champion    inkpipe version 2\ntest CER    not known\n" in printed
    assert "why         not known\nfiles       whole\n" in printed


def test_a_version_that_version_0_1_decided_on_is_described(promoted, tmp_path):
    store = connect()
    version = find_version(store, "inkpipe", model_digest(tmp_path / "data/recognizer"))
    old = {"decision": "champion", "reason": "It is the first reader.", "reader": "d", "scores": {"n": 5, "cer": 0.5}}
    values = {**vars(version), "decision": {**old, "champion": None}}
    description = describe(store, ModelVersion(**values))
    assert (description.n, description.cer, description.cer_low) == (5, 0.5, None)
    assert description.reason == "It is the first reader."


def test_the_champion_is_described_when_its_experiment_was_deleted(promoted, capsys):
    store = connect()
    store.client.delete_experiment(store.experiment_id)
    capsys.readouterr()
    assert main(["champion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == promoted


def test_a_champion_whose_files_are_gone_is_one_message_when_it_is_used(promoted, own_store, tmp_path, capsys):
    shutil.rmtree(own_store.parent / "mlartifacts")
    capsys.readouterr()
    assert main(["champion"]) == 1  # the registry still knows it
    told = capsys.readouterr().out
    assert "champion    inkpipe version 1\n" in told
    assert "files       The files of inkpipe version 1 cannot be fetched. Received: " in told
    assert main(["champion", "--json"]) == 1
    assert "cannot be fetched" in json.loads(capsys.readouterr().out)["fault"]
    assert main(["read", "a.jpg"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("inkpipe read: The files of inkpipe version 1 cannot be fetched. Received: ")
    assert "mlartifacts/models/" in message
    assert message.count("\n") == 1
