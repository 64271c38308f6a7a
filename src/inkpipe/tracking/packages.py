"""Model packages: a model's files with the code that runs them, as MLflow stores, serves and fetches them."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import inkpipe
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

SOURCE = Path(inkpipe.__file__).parent
SERVED_FILE = SOURCE / "serving" / "mlflow_model.py"  # run by MLflow, never imported here
ARTIFACT = "model"  # the name of a model's files in its package
ARTIFACT_BEFORE_0_2 = "reader"  # packages of version 0.1 keep this name
# The packages that recognition imports. A server elsewhere installs these alone, in the versions of the training.
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


class Package(NamedTuple):
    """A fetched package.

    Attributes:
        folder: all of it, as MLflow logged it.
        model_folder: the model's three files in it.
    """

    folder: Path
    model_folder: Path


def find_package(store: Store, tags: Mapping[str, str]) -> str | None:
    """Find a package that was logged completely.

    Args:
        store: where to look.
        tags: all of them must match.

    Returns:
        MLflow's id of the logged model, or None.
    """
    query = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    models = store.client.search_logged_models([store.experiment_id], query)
    # MLflow does not filter by status in SQLite
    return next((str(model.model_id) for model in models if model.status == "READY"), None)


def log_package(model_folder: Path, run_id: str, tags: Mapping[str, str]) -> str:
    """Log a model with inkpipe's code, its requirements and its signature. Nothing in it is pickled.

    Args:
        model_folder: the folder of the model's three files.
        run_id: the MLflow run of its training.
        tags: for the logged model.

    Returns:
        MLflow's id of the logged model.
    """
    import mlflow
    from mlflow.models import Model

    with warnings.catch_warnings():
        # MLflow wants an example to infer the signature from; the signature is given
        warnings.filterwarnings("ignore", message=".*input example", category=UserWarning)
        logged = Model.log(
            None,
            mlflow.pyfunc,
            name=ARTIFACT,
            run_id=run_id,
            tags=dict(tags),
            python_model=str(SERVED_FILE),
            artifacts={ARTIFACT: str(model_folder)},
            code_paths=[str(SOURCE)],
            pip_requirements=[f"{package}=={importlib.metadata.version(package)}" for package in REQUIREMENTS],
            signature=signature(),
        )
    return str(logged.model_id)


def signature() -> ModelSignature:
    """Give the columns of a served model: `image` in, `text` and `confidence` out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    return ModelSignature(
        inputs=Schema([ColSpec("string", "image")]),
        outputs=Schema([ColSpec("string", "text"), ColSpec("double", "confidence")]),
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
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    try:
        uri = f"models:/{version.name}/{version.number}"
        folder = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(target)))
    except (MlflowException, OSError) as error:
        raise InkpipeError(
            f"The files of {version} cannot be fetched. Received: {error}. "
            f"Restore them at {version.source}, or delete that version."
        ) from error
    artifacts = Model.load(str(folder)).flavors["python_function"]["artifacts"]
    name = ARTIFACT if ARTIFACT in artifacts else ARTIFACT_BEFORE_0_2
    model_folder = folder / artifacts[name]["path"]
    digest = model_digest(model_folder)
    if digest != version.digest:
        raise InkpipeError(
            f"The files of {version} are not those that were registered. "
            f"Received: digest {digest}, registered {version.digest or 'none'}. Restore them, or delete that version."
        )
    return Package(folder, model_folder)
