import ast
import re
import tomllib
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import KERAS_RUNTIME, REQUIREMENTS, RUNTIME, SERVED_FILE, SOURCE, fetch_package
from inkpipe.tracking.registry import register

pytest_plugins = ["tests.tiny"]

# The packages of the project that stand under another name where they are imported.
IMPORTED_AS = {"opencv-python-headless": "cv2", "pillow": "PIL", "pywavelets": "pywt", "pyyaml": "yaml"}


@pytest.fixture
def version(name, trained, make_params):
    model, store = trained(), connect()
    return register(store, name, model, ensure_run(store, model, [], make_params()))


def location(version):
    model = connect().client.get_logged_model(version.model_id)
    return Path(model.artifact_location.removeprefix("file://"))


def test_the_package_has_its_code_its_requirements_and_its_signature_and_no_pickle(version, tmp_path):
    import mlflow

    folder, model_folder = fetch_package(version, tmp_path / "copy")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert {
        "mlflow_model.py",
        "requirements.txt",
        "artifacts/model/recognizer.json",
        "code/inkpipe/serving/recognizer.py",
    } <= set(files)
    assert not [file for file in files if file.endswith(".pkl")]
    assert model_folder == folder / "artifacts/model"
    model = mlflow.models.Model.load(str(folder))
    assert model.signature.inputs.to_dict() == [{"type": "string", "name": "image", "required": True}]
    assert [(column["name"], column["type"]) for column in model.signature.outputs.to_dict()] == [
        ("text", "string"),
        ("confidence", "double"),
        ("error", "string"),
        ("model", "string"),
        ("alternatives", "array"),
    ]
    requirements = (folder / "requirements.txt").read_text().split()
    assert any(line.startswith("tensorflow==2.") for line in requirements)


def imported_names(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def project_files(name):
    """The files that Python runs to import a module of the project: those of the packages around it, and its own."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        path = SOURCE.parent.joinpath(*parts[:length])
        yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


def test_the_requirements_are_all_packages_that_the_code_of_serving_imports():
    files, waiting, imported = {SERVED_FILE}, [SERVED_FILE], set()
    while waiting:
        for name in imported_names(waiting.pop()):
            imported.add(name.split(".")[0])
            new = set(project_files(name)) - files if name.split(".")[0] == "inkpipe" else set()
            files |= new
            waiting += new
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["pipeline"]]
    packages = {re.match(r"[\w-]+", requirement)[0] for requirement in declared}
    needed = {package for package in packages if IMPORTED_AS.get(package, package) in imported}
    assert needed == {*REQUIREMENTS, *RUNTIME, *KERAS_RUNTIME}


def test_a_model_that_was_tampered_with_is_refused(version, tmp_path):
    with (location(version) / "artifacts/model/model.weights.h5").open("a") as weights:
        weights.write("!")
    with pytest.raises(InkpipeError, match="version 1 are not those that were registered"):
        fetch_package(version, tmp_path / "copy")


def test_a_model_whose_files_are_gone_is_one_error(name, tmp_path):
    connect()
    version = ModelVersion(name, 7, "no-run", "models:/m-7")
    with pytest.raises(InkpipeError, match=f"{name} version 7 cannot be fetched"):
        fetch_package(version, tmp_path)


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'boto3'"), RuntimeError("bucket is closed")])
def test_whatever_the_artifact_store_raises_is_one_error(version, tmp_path, monkeypatch, error):
    import mlflow

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", fail)
    with pytest.raises(InkpipeError, match=f"version 1 cannot be fetched. Received: {error}. Restore them at "):
        fetch_package(version, tmp_path)


@pytest.mark.parametrize("content", ["{", "flavors: {}", "artifact_path: model\nflavors: {other: {}}"])
def test_a_damaged_package_is_one_error(version, tmp_path, content):
    (location(version) / "MLmodel").write_text(content)
    with pytest.raises(InkpipeError, match="version 1 cannot be fetched"):
        fetch_package(version, tmp_path / "copy")
