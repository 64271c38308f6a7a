"""Model packages: a model's files with the code that runs them, as MLflow stores, serves and fetches them."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import yaml

import inkpipe
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import NETWORK, model_digest
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.signature import sign_model, verify_signature
from inkpipe.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

SOURCE = Path(inkpipe.__file__).parent
SERVED_FILE = SOURCE / "serving" / "mlflow_model.py"  # run by MLflow, never imported here
ARTIFACT = "model"  # the name of a model's files in its package
SIGNED = "signature"  # the name of the file with their signature, if they are signed
CODE = "code"  # the folder of inkpipe's code in a package, as MLflow calls it
ARTIFACT_BEFORE_0_2 = "reader"  # packages of version 0.1 keep this name
# The packages that recognition imports. A server elsewhere installs these alone, in the versions of the training.
REQUIREMENTS = (
    "mlflow",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "pydantic",
    "pywavelets",
    "pyyaml",
    "scipy",
)
RUNTIME = ("onnxruntime",)  # of a model that has `network.onnx`
KERAS_RUNTIME = ("tensorflow", "keras", "h5py")  # of any other


class Package(NamedTuple):
    """A fetched package.

    Attributes:
        folder: all of it, as MLflow logged it.
        model_folder: the model's files in it.
    """

    folder: Path
    model_folder: Path


def find_package(store: Store, tags: Mapping[str, str]) -> str | None:
    """Find a package that was logged completely and whose files still exist.

    Args:
        store: where to look.
        tags: all of them must match.

    Returns:
        MLflow's id of the logged model, or None.
    """
    query = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    models = store.client.search_logged_models([store.experiment_id], query)
    ready = (str(model.model_id) for model in models if model.status == "READY")  # MLflow cannot filter by it in SQLite
    return next((model_id for model_id in ready if store.client.list_logged_model_artifacts(model_id)), None)


def log_package(model_folder: Path, run_id: str, tags: Mapping[str, str]) -> str:
    """Log a model with inkpipe's code, its requirements and its signature. Nothing in it is pickled.

    Args:
        model_folder: the folder of the model's files.
        run_id: the MLflow run of its training.
        tags: for the logged model.

    Returns:
        MLflow's id of the logged model.
    """
    import mlflow
    from mlflow.models import Model

    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        signature_file = sign_model(model_folder, Path(folder))
        # MLflow needs an example to infer the signature from; the signature is given
        warnings.filterwarnings("ignore", message=".*input example", category=UserWarning)
        logged = Model.log(
            None,
            mlflow.pyfunc,
            name=ARTIFACT,
            run_id=run_id,
            tags=dict(tags),
            python_model=str(SERVED_FILE),
            artifacts={ARTIFACT: str(model_folder)} | ({SIGNED: str(signature_file)} if signature_file else {}),
            code_paths=[str(SOURCE)],
            pip_requirements=requirements(model_folder),
            signature=signature(),
        )
    return str(logged.model_id)


def requirements(model_folder: Path) -> list[str]:
    """The packages that a server of a model installs, in the versions of this environment.

    Args:
        model_folder: the folder of the model's files.
    """
    runtime = RUNTIME if (model_folder / NETWORK).exists() else KERAS_RUNTIME
    return [f"{package}=={importlib.metadata.version(package)}" for package in (*REQUIREMENTS, *runtime)]


def signature() -> ModelSignature:
    """Give the columns of a served model; `inkpipe.serving.mlflow_model` describes them."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import Array, Object, Property

    alternative = Object([Property("text", "string"), Property("confidence", "double"), Property("score", "double")])
    outputs = [
        ColSpec("string", "text"),
        ColSpec("double", "confidence"),
        ColSpec("string", "error", required=False),
        ColSpec("string", "model"),
        ColSpec(Array(alternative), "alternatives", required=False),
    ]
    return ModelSignature(
        inputs=Schema([ColSpec("string", "image")]),
        outputs=Schema(outputs),
        params=ParamSchema([ParamSpec("top", "integer", 1)]),
    )


def fetch_package(version: ModelVersion, target: Path) -> Package:
    """Fetch the package of a registered model and check the model's files against the registered digest.

    Args:
        version: the registered model.
        target: an existing folder to copy the package to.

    Returns:
        The package in `target`.

    Raises:
        InkpipeError: the files do not exist any more, or are not those that were registered.
    """
    folder = _download(version, target)
    try:
        package = read_package(folder)
        digest = model_digest(package.model_folder)
    except (OSError, InkpipeError, yaml.YAMLError, LookupError, TypeError) as error:
        raise _lost(version, error) from error
    if digest != version.digest:
        raise InkpipeError(
            f"The files of {version} are not those that were registered. "
            f"Received: digest {digest}, registered {version.digest or 'none'}. Restore them, or delete that version."
        )
    return package


def read_package(folder: Path) -> Package:
    """Find the model's files in a package, and check their signature where one is required.

    Args:
        folder: of the package.

    Raises:
        OSError: the folder is none of a package.
        InkpipeError: `INKPIPE_VERIFYING_KEY` names a key, and the files are not signed by it.
    """
    described = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
    artifacts = described["flavors"]["python_function"]["artifacts"]
    name = ARTIFACT if ARTIFACT in artifacts else ARTIFACT_BEFORE_0_2
    package = Package(folder, folder / artifacts[name]["path"])
    verify_signature(package.model_folder, folder / artifacts[SIGNED]["path"] if SIGNED in artifacts else None)
    return package


def check_package(version: ModelVersion) -> None:
    """Fetch the package of a registered model and throw it away, to learn whether it can be served.

    Args:
        version: the registered model.

    Raises:
        InkpipeError: as of `fetch_package`.
    """
    with TemporaryDirectory() as folder:
        fetch_package(version, Path(folder))


def _download(version: ModelVersion, target: Path) -> Path:
    import mlflow

    try:
        uri = f"models:/{version.name}/{version.number}"
        return Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(target)))
    except Exception as error:  # each kind of artifact store raises the errors of its own client library
        raise _lost(version, error) from error


def _lost(version: ModelVersion, error: Exception) -> InkpipeError:
    received = str(error).rstrip(".") or type(error).__name__
    return InkpipeError(
        f"The files of {version} cannot be fetched. Received: {received}. "
        f"Restore them{_place(version)}, or delete that version in the MLflow UI (`make ui`) and promote another "
        "model with `dvc repro -sf promote`."
    )


def _place(version: ModelVersion) -> str:
    """Where the files of a version are recorded; empty if the store does not say."""
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        return f" at {mlflow.MlflowClient().get_model_version_download_uri(version.name, str(version.number))}"
    except MlflowException:
        return ""
