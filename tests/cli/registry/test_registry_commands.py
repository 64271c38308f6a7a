"""`inkpipe registry` as a person uses it, on a registry of two versions."""

import json
from contextlib import contextmanager

import pytest

from inkpipe.cli import main
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.moves import history, move_champion
from inkpipe.tracking import connect
from inkpipe.tracking.registry import aliased_version, numbered_version, register, set_alias

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def two_versions(promoted, trained):
    """Version 1 was promoted by the gate; version 2 took over by hand."""
    store = connect()
    version = register(store, "inkpipe", trained("another"), promoted)
    move_champion(store, version, aliased_version(store, "inkpipe", "champion"), "person", "I prefer it.")
    return store


def printed(capsys, *arguments, code=0):
    capsys.readouterr()
    assert main(["registry", *arguments]) == code
    output = capsys.readouterr()
    return output.out if code == 0 else output.err


def test_versions_are_listed_for_people_and_as_json(two_versions, capsys):
    lines = printed(capsys, "list").splitlines()
    assert lines[0].split() == ["version", "alias", "registered", "test", "CER", "images", "decision", "note"]
    assert lines[1].split()[0] == "1"
    assert "0.0000" in lines[1]
    assert lines[1].split()[-6:] == ["champion", "taken", "down:", "I", "prefer", "it."]
    assert lines[2].split()[:2] == ["2", "champion"]
    assert lines[2].endswith("not judged")
    rows = json.loads(printed(capsys, "list", "--json"))
    assert [(row["version"], row["alias"], row["test CER"], row["decision"]) for row in rows] == [
        (1, "", 0.0, "champion"), (2, "champion", None, "not judged"),
    ]  # fmt: skip


def test_the_history_is_told_for_people_and_as_json(two_versions, capsys):
    first, second = printed(capsys, "history").splitlines()
    assert "none -> 1" in first
    assert first.endswith("It is the first model.")
    assert "1 -> 2" in second
    assert second.endswith("I prefer it.")
    assert [move["by"] for move in json.loads(printed(capsys, "history", "--json"))] == ["gate", "person"]


def test_a_move_in_the_mlflow_ui_is_in_the_history(two_versions, capsys):
    set_alias(two_versions, numbered_version(two_versions, "inkpipe", 1), "champion")
    assert "2 -> 1" in printed(capsys, "history").splitlines()[-1]
    assert "outside inkpipe" in printed(capsys, "history").splitlines()[-1]


def test_rollback_and_promote_change_the_champion(two_versions, capsys):
    assert printed(capsys, "rollback", "--reason", "It drops hyphens.") == "inkpipe version 1 is champion again\n"
    message = printed(capsys, "promote", "2", "--reason", "Repaired.", code=1)
    assert message == (
        "inkpipe registry: The gate has not judged inkpipe version 2. Add --force to promote it nevertheless.\n"
    )
    assert printed(capsys, "promote", "2", "--reason", "Repaired.", "--force") == "inkpipe version 2 is champion\n"
    assert [move.reason for move in history(two_versions, "inkpipe")[-2:]] == ["It drops hyphens.", "Repaired."]


def test_a_promotion_by_hand_needs_a_reason(two_versions, capsys):
    with pytest.raises(SystemExit):
        main(["registry", "promote", "1"])
    assert "--reason" in capsys.readouterr().err


def test_without_a_store_there_is_one_message_and_no_store_is_made(own_store, capsys):
    assert "There is no MLflow store yet. Received: sqlite:///" in printed(capsys, "list", code=1)
    assert not own_store.exists()


def test_two_versions_are_compared_on_given_images(
    two_versions, capsys, tmp_path, params_file, monkeypatch, draw, jpeg
):
    class Fake:
        def __init__(self, number):
            from inkpipe.data.vocabulary import Vocabulary

            self.vocabulary, self.number = Vocabulary(tuple("ABN")), number

        def recognize_each(self, images):
            return ((key, Prediction("ANNA" if self.number == 2 else "ANA", 1.0)) for key, _ in images)

    @contextmanager
    def fake(version):
        yield Fake(version.number)

    params_file(tmp_path)
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.setattr("inkpipe.cli.registry.compare.registered_recognizer", fake)
    data = tmp_path / "images"
    data.mkdir()
    rows = ["filename,label,split"]
    for number in range(40):
        (data / f"{number}.jpg").write_bytes(jpeg(draw(f"ANNA {number}")))
        rows.append(f"{number}.jpg,anna,test")
    (data / "labels.csv").write_text("\n".join(rows))
    out = printed(capsys, "compare", "1", "2", "--data", str(data))
    assert out.splitlines()[:5] == [
        f"40 images of {data}, test",
        "  version 1      CER 0.2500   exact match 0.0000",
        "  version 2      CER 0.0000   exact match 1.0000",
        "  version 2 is 25.00 points of CER better (at least +25.00 and at most +25.00, each with 95% certainty)",
        "  fewer edits on 40 images, more on 0, as many on 0",
    ]
    content = json.loads(printed(capsys, "compare", "1", "2", "--data", str(data), "--json"))
    assert content["a"] == {"cer": 0.25, "exact": 0.0}
    assert content["improvement"] == {"value": 0.25, "low": 0.25, "high": 0.25}
    assert "There is no such version. Received: 7" in printed(capsys, "compare", "1", "7", code=1)


def test_a_store_without_the_model_is_named_with_the_command_that_registers_it(own_store, capsys):
    connect()
    listed = printed(capsys, "list")
    assert "own.db; `make repro` trains and registers one (`dvc repro -sf promote` if all stages" in listed
