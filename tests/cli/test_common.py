from pathlib import Path

import pytest

from inkpipe.cli import common, main
from inkpipe.cli.common import model_name, open_folder, open_recognizer, project_params
from inkpipe.model.artifacts import model_digest
from inkpipe.serving import Recognizer
from inkpipe.serving.processes import ProcessRecognizer
from inkpipe.tracking import connect
from inkpipe.tracking.registry import CHAMPION

pytest_plugins = ["tests.tiny"]

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """An empty working folder outside of any project."""
    for variable in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_champion_there_is_one_message_and_no_store_is_made(outside, capsys):
    assert main(["champion"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("inkpipe champion: No model is champion. Received: model name 'inkpipe' in ")
    assert "`dvc repro -sf promote`" in printed.err
    assert list(outside.iterdir()) == []


def test_a_store_without_a_champion_is_the_same_message(name, capsys):
    connect()
    assert main(["read", "a.jpg"]) == 1
    assert "No model is champion" in capsys.readouterr().err


def test_the_model_name_is_that_of_the_project(outside):
    assert project_params() is None
    assert model_name() == "inkpipe"
    content = PARAMS.read_text()
    assert "model_name: inkpipe" in content
    (outside / "params.yaml").write_text(content.replace("model_name: inkpipe", "model_name: forms"))
    assert model_name() == "forms"


@pytest.mark.parametrize(("validation", "test"), [(1.0, 0.0), (0.0, 1.0)])
def test_a_folder_without_splits_is_split_as_the_project_splits_it(outside, make_params, draw, jpeg, validation, test):
    data = outside / "data"
    data.mkdir()
    (data / "labels.csv").write_text("filename,label\na.jpg,A\n")
    (data / "a.jpg").write_bytes(jpeg(draw("A")))
    content = PARAMS.read_text()
    for name, value in (("validation", validation), ("test", test)):
        line = f"{name}_fraction: 0.1 "
        assert line in content
        content = content.replace(line, f"{name}_fraction: {min(value, 0.999)} ")
    (outside / "params.yaml").write_text(content)
    source = open_folder(data)
    assert [source.count(split) for split in ("train", "validation", "test")] == [0, round(validation), round(test)]


def test_a_folder_that_names_a_model_is_opened(tiny_model):
    with open_recognizer(str(tiny_model)) as recognizer:
        assert isinstance(recognizer, Recognizer)


def test_the_champion_is_opened_in_a_process_of_its_own(own_store, tiny_model, make_params, draw, jpeg):
    from inkpipe.tracking import ensure_run
    from inkpipe.tracking.registry import register, set_alias

    store = connect()
    version = register(store, "inkpipe", tiny_model, ensure_run(store, tiny_model, [], make_params()))
    set_alias(store, version, "champion")
    image = jpeg(draw("CAB"))
    (expected,) = Recognizer.load(tiny_model).recognize([image])
    with open_recognizer("champion") as recognizer:
        assert not isinstance(recognizer, Recognizer)
        ((key, prediction),) = recognizer.recognize_each([("a", image)])
    assert (key, prediction.text) == ("a", expected.text)


def test_a_folder_that_has_onnx_is_opened_in_processes_of_its_own(light_model):
    with open_recognizer(str(light_model), alternatives=2) as recognizer:
        assert isinstance(recognizer, ProcessRecognizer)
        assert recognizer.digest == model_digest(light_model)


def test_a_champion_that_has_onnx_is_opened_without_mlflow(
    own_store, light_model, make_params, draw, jpeg, monkeypatch
):
    from inkpipe.tracking import ensure_run
    from inkpipe.tracking.registry import register, set_alias

    store = connect()
    run_id = ensure_run(store, light_model, [], make_params())
    set_alias(store, register(store, "inkpipe", light_model, run_id), CHAMPION)
    (expected,) = Recognizer.load(light_model, alternatives=2).recognize([jpeg(draw("CAB"))])
    monkeypatch.setattr(common, "find_champion", None)  # which would import MLflow
    with open_recognizer("champion", alternatives=2) as recognizer:
        ((_, prediction),) = recognizer.recognize_each([("a", jpeg(draw("CAB")))])
    assert prediction.text == expected.text
    assert len(prediction.alternatives) == 2
