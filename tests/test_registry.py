from pathlib import Path
from types import SimpleNamespace

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import model_digest
from inkpipe.registry import find, logged_model_id, register, registered_reader, version_of
from inkpipe.serving import Reader
from inkpipe.tracking import MODEL_DIGEST, connect, ensure_run

pytest_plugins = ["tests.tiny"]

# Code that only the registered reader has: it marks each text.
MARKING = """
_read_each = Reader.read_each

def _marked(self, images):
    for key, found in _read_each(self, images):
        yield key, found if isinstance(found, UnreadableImage) else Read('>' + found.text, found.confidence)

Reader.read_each = _marked
"""


@pytest.fixture
def registered(name, trained, make_params):
    """Register a reader: `registered(content) -> (store, version)`."""

    def make(content="model", folder=None):
        model, history = trained(content)
        store = connect()
        return store, register(store, name, folder or model, ensure_run(folder or model, history, make_params()))

    return make


def versions(store, name):
    return store.client.search_model_versions(f"name = '{name}'")


def test_the_same_reader_is_the_same_version_and_another_another(registered, name, tmp_path):
    store, first = registered("one")
    again = register(store, name, tmp_path / "one", first.run_id)
    assert (first.version, again.version) == (1, 1)
    assert first.tags == {MODEL_DIGEST: model_digest(tmp_path / "one")}
    _, second = registered("two")
    assert second.version == 2
    assert find(store, name, first.tags[MODEL_DIGEST]).version == 1
    assert find(store, name, "nothing") is None


def test_a_registration_that_stopped_half_way_is_completed_without_a_second_model(
    registered, name, monkeypatch, tmp_path
):
    import mlflow

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(mlflow, "register_model", stop)
        with pytest.raises(KeyboardInterrupt):
            registered("one")
    store = connect()
    (left,) = store.client.search_logged_models([store.experiment_id])
    (run,) = store.client.search_runs([store.experiment_id])
    version = register(store, name, tmp_path / "one", run.info.run_id)
    assert logged_model_id(version) == left.model_id
    assert len(store.client.search_logged_models([store.experiment_id])) == 1


def test_the_logged_model_has_its_code_its_requirements_and_its_signature_and_no_pickle(registered, tmp_path):
    import mlflow

    _, version = registered()
    local = mlflow.artifacts.download_artifacts(
        f"models:/{version.name}/{version.version}", dst_path=str(tmp_path / "copy")
    )
    files = sorted(path.relative_to(local).as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file())
    assert {"served.py", "requirements.txt", "artifacts/model/reader.json", "code/inkpipe/serving/reader.py"} <= set(
        files
    )
    assert not [file for file in files if file.endswith(".pkl")]
    model = mlflow.models.Model.load(local)
    assert model.signature.inputs.to_dict() == [{"type": "string", "name": "image", "required": True}]
    assert [(column["name"], column["type"]) for column in model.signature.outputs.to_dict()] == [
        ("text", "string"),
        ("confidence", "double"),
    ]
    requirements = (tmp_path / "copy" / "requirements.txt").read_text().split()
    assert any(line.startswith("tensorflow==2.") for line in requirements)


def test_an_alias_names_its_version_and_an_unknown_one_none(registered, name):
    store, version = registered()
    assert version_of(store, name, "champion") is None
    assert version_of(store, "no-such-model", "champion") is None
    store.client.set_registered_model_alias(name, "champion", version.version)
    assert version_of(store, name, "champion").version == version.version


def test_a_registered_reader_reads_like_the_reader_and_by_its_own_code(registered, name, tiny_reader, draw, jpeg):
    store, version = registered(folder=tiny_reader)
    code = store.client.get_logged_model(logged_model_id(version)).artifact_location.removeprefix("file://")
    with Path(code, "code/inkpipe/serving/reader.py").open("a") as registered_code:
        registered_code.write(MARKING)
    images = [jpeg(draw("A")), b"no image", jpeg(draw("ABC"))]
    expected = list(Reader.load(tiny_reader).read([images[0], images[2]]))
    with registered_reader(version) as reader:
        assert reader.vocabulary.characters == ("A", "B", "C")
        given = [("a", images[0]), ("bad", images[1]), ("gone", UnreadableImage("No such file.")), ("c", images[2])]
        found = dict(reader.read_each(given))
    assert list(found) == ["a", "bad", "gone", "c"]
    assert [found["a"].text, found["c"].text] == [f">{read.text}" for read in expected]
    assert [found["a"].confidence, found["c"].confidence] == pytest.approx([read.confidence for read in expected])
    assert str(found["bad"]).startswith("Not an image. Received: 8 bytes")
    assert str(found["gone"]) == "No such file."


def test_a_reader_that_was_tampered_with_is_refused(registered, name):
    store, version = registered()
    folder = store.client.get_logged_model(logged_model_id(version)).artifact_location.removeprefix("file://")
    with Path(folder, "artifacts/model/model.weights.h5").open("a") as weights:
        weights.write("!")
    with pytest.raises(InkpipeError, match="version 1 are not those that were registered"), registered_reader(version):
        pass


def test_a_reader_whose_files_are_gone_is_one_error(name):
    connect()
    version = SimpleNamespace(name=name, version=7, source="models:/m-7", tags={})
    with pytest.raises(InkpipeError, match=f"{name} version 7 cannot be fetched"), registered_reader(version):
        pass
