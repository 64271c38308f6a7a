"""The MLflow registry: one version for each reader, aliases that say which one serves, and the readers themselves."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import inkpipe
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json
from inkpipe.model.artifacts import READER, model_digest
from inkpipe.serving.registered import RegisteredReader, running
from inkpipe.tracking import MODEL_DIGEST, Store, patiently
from inkpipe.vocabulary import Vocabulary

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.models import ModelSignature

PACKAGE = Path(inkpipe.__file__).parent
SERVED = PACKAGE / "serving" / "served.py"
# What reading needs; a server elsewhere installs just these.
REQUIREMENTS = (
    "mlflow",
    "tensorflow",
    "keras",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "pydantic",
    "pywavelets",
    "pyyaml",
    "scipy",
)


def register(store: Store, name: str, model_folder: Path, run_id: str) -> ModelVersion:
    """The version of the reader in `model_folder`, made if the registry has none: the same reader, the same version.

    Whatever an earlier call left half done is completed.
    """
    import mlflow

    digest = model_digest(model_folder)
    if found := find(store, name, digest):
        return found
    model_id = _logged(store, digest) or _log(model_folder, run_id, digest)
    return patiently(lambda: mlflow.register_model(f"models:/{model_id}", name, tags={MODEL_DIGEST: digest}))


def find(store: Store, name: str, digest: str) -> ModelVersion | None:
    """The version of the reader with that digest; None if there is none."""
    found = store.client.search_model_versions(f"name = '{name}' and tags.`{MODEL_DIGEST}` = '{digest}'")
    return found[0] if found else None


def version_of(store: Store, name: str, alias: str) -> ModelVersion | None:
    """The version that has an alias; None if none has."""
    from mlflow.exceptions import MlflowException

    try:
        return store.client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None


def logged_model_id(version: ModelVersion) -> str:
    """The id of MLflow's LoggedModel that the version is made from."""
    return str(version.source).removeprefix("models:/")


@contextmanager
def registered_reader(version: ModelVersion) -> Iterator[RegisteredReader]:
    """The reader of a version, run by the code that was registered with it, for as long as the block lasts.

    Raises:
        InkpipeError: its files are not there any more, or not those that were registered.
    """
    from mlflow.models import Model

    with TemporaryDirectory() as temporary:
        model = _fetched(version, temporary)
        artifacts: Any = Model.load(model).flavors["python_function"]["artifacts"]
        reader = model / artifacts["reader"]["path"]
        found, expected = model_digest(reader), version.tags.get(MODEL_DIGEST)
        if found != expected:
            raise InkpipeError(
                f"The files of {version.name} version {version.version} are not those that were registered. "
                f"Received: digest {found}, registered {expected}. Restore them, or delete that version."
            )
        with running(model, Vocabulary.from_json(read_json(reader / READER, "train")["vocabulary"])) as process:
            yield process


def _fetched(version: ModelVersion, folder: str) -> Path:
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        uri = f"models:/{version.name}/{version.version}"
        return Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder))
    except (MlflowException, OSError) as error:
        raise InkpipeError(
            f"The files of {version.name} version {version.version} cannot be fetched. Received: {error}. "
            f"Restore them at {version.source}, or delete that version."
        ) from error


def _logged(store: Store, digest: str) -> str | None:
    found = store.client.search_logged_models([store.experiment_id], f"tags.`{MODEL_DIGEST}` = '{digest}'")
    # MLflow does not filter by status in SQLite
    return next((str(model.model_id) for model in found if model.status == "READY"), None)


def _log(model_folder: Path, run_id: str, digest: str) -> str:
    import mlflow
    from mlflow.models import Model

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*input example", category=UserWarning)  # the signature is given
        logged = Model.log(
            None,
            mlflow.pyfunc,
            name="reader",
            run_id=run_id,
            tags={MODEL_DIGEST: digest},
            python_model=str(SERVED),
            artifacts={"reader": str(model_folder)},
            code_paths=[str(PACKAGE)],
            pip_requirements=[f"{package}=={importlib.metadata.version(package)}" for package in REQUIREMENTS],
            signature=_signature(),
        )
    return str(logged.model_id)


def _signature() -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    return ModelSignature(
        inputs=Schema([ColSpec("string", "image")]),
        outputs=Schema([ColSpec("string", "text"), ColSpec("double", "confidence")]),
    )
