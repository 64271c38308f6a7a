"""Helpers of several commands: the project's parameters, labeled images, the champion, and `--model`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root
from inkpipe.model.artifacts import NETWORK, model_digest
from inkpipe.params import Params, load_params
from inkpipe.rules import RowRule
from inkpipe.rules.images import DEFAULT_PICTURE_RULES, PICTURE_RULES
from inkpipe.tracking import ReadStore, database, open_store, tracking_uri
from inkpipe.tracking.local_registry import LocalVersion, local_version
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.registry import CHAMPION, aliased_version

if TYPE_CHECKING:
    from inkpipe.serving.found_model import FoundModel
    from inkpipe.serving.recognizer import ImageRecognizer
    from inkpipe.sources.folder import FolderSource

DEFAULT_MODEL_NAME = "inkpipe"  # outside of a project; promote.model_name of the repository's params.yaml
PRINTED_RATES = {"CER": "cer", "WER": "wer", "exact match": "exact"}  # title and key of the rates that commands print


def project_params() -> Params | None:
    """Read params.yaml of the project around the working folder.

    Returns:
        The parameters; None outside of a project.

    Raises:
        InkpipeError: params.yaml has faults.
    """
    path = project_root() / "params.yaml"
    return load_params(path) if path.exists() else None


def picture_rules() -> tuple[RowRule, ...]:
    """The contract's rules on the picture: those of the project around the working folder, else the defaults.

    Raises:
        InkpipeError: params.yaml has faults.
    """
    params = project_params()
    if params is None:
        return DEFAULT_PICTURE_RULES
    return tuple(params.validate_.rules[rule] for rule in PICTURE_RULES)


def open_folder(path: Path) -> FolderSource:
    """Open labeled images. Without a split of their own they are split as the project splits them.

    Args:
        path: a directory or a .zip, in a layout of the folder source.

    Raises:
        InkpipeError: there are no such images.
    """
    from inkpipe.sources.folder import FolderSource  # late: most commands open no folder

    params = project_params()
    if params is None:
        return FolderSource(path)
    return FolderSource(path, **{**params.data.folder.options(), "max_unmatched_fraction": 1.0})


def model_name() -> str:
    """The name of the project's models in the registry."""
    params = project_params()
    return params.promote.model_name if params else DEFAULT_MODEL_NAME


def find_champion() -> tuple[ReadStore, ModelVersion]:
    """Find the version that serves now.

    Returns:
        The store, and the version in its registry.

    Raises:
        InkpipeError: there is no store, or no champion in it.
    """
    name = model_name()
    if not _store_exists():
        raise _no_champion(name)
    store = open_store()
    version = aliased_version(store, name, CHAMPION)
    if version is None:
        raise _no_champion(name)
    return store, version


def existing_store() -> ReadStore:
    """Open the store, without making an empty one.

    Raises:
        InkpipeError: there is no store, or it cannot be used.
    """
    if not _store_exists():
        raise InkpipeError(
            f"There is no MLflow store yet. Received: {tracking_uri()}. "
            "Run `make repro` to train and register a model, or name another store in MLFLOW_TRACKING_URI."
        )
    return open_store()


def _store_exists() -> bool:
    path = database()
    return path is None or path.exists()  # opening would create the file


def find_model(model: str, alternatives: int | None = None) -> FoundModel:
    """Find the model that `--model` names. Asking again and again is cheap with a local store.

    Args:
        model: `champion`, or the folder of a model.
        alternatives: likeliest texts that a prediction carries; None for as many as the model's settings say.

    Returns:
        The model; opening it raises InkpipeError if its files are gone or are no model.

    Raises:
        InkpipeError: there is no champion, or the folder is not a model.
    """
    if model != CHAMPION:
        return _model_in(Path(model), alternatives)
    from inkpipe.serving.found_model import FoundModel

    name = model_name()
    if local := local_version(name, CHAMPION):
        return FoundModel(f"{name} version {local.number}", partial(_open_local, local, alternatives))
    _, version = find_champion()
    return FoundModel(str(version), partial(_open_registered, version, alternatives))


@contextmanager
def open_recognizer(model: str, alternatives: int | None = None) -> Iterator[ImageRecognizer]:
    """Open the recognizer that `--model` names, until the block ends.

    Args:
        model: `champion`, or the folder of a model.
        alternatives: likeliest texts that a prediction carries; None for as many as the model's settings say.

    Yields:
        The recognizer.

    Raises:
        InkpipeError: there is no champion, or the folder is not a model.
    """
    with find_model(model, alternatives).open() as recognizer:
        yield recognizer


def _open_local(version: LocalVersion, alternatives: int | None) -> AbstractContextManager[ImageRecognizer]:
    from inkpipe.serving.registered import package_recognizer

    if package := version.package():
        return package_recognizer(package, alternatives)
    return _open_registered(find_champion()[1], alternatives)


def _open_registered(version: ModelVersion, alternatives: int | None) -> AbstractContextManager[ImageRecognizer]:
    from inkpipe.serving.registered import registered_recognizer

    return registered_recognizer(version, alternatives)


def _model_in(folder: Path, alternatives: int | None) -> FoundModel:
    from inkpipe.serving.found_model import FoundModel

    return FoundModel(f"{folder.name} {model_digest(folder)[:12]}", partial(_from_files, folder, alternatives))


def _from_files(folder: Path, alternatives: int | None) -> AbstractContextManager[ImageRecognizer]:
    if not (folder / NETWORK).is_file():
        from inkpipe.serving.recognizer import Recognizer

        return nullcontext(Recognizer.load(folder, alternatives=alternatives))
    from inkpipe.serving.processes import CODE, recognizer_processes, recognizer_task

    return recognizer_processes(recognizer_task(folder, CODE, alternatives), folder)


def _no_champion(name: str) -> InkpipeError:
    return InkpipeError(
        f"No model is champion. Received: model name {name!r} in the MLflow store {tracking_uri()}. "
        "Run `make repro` to train and promote one (`dvc repro -sf promote` if all stages are up to date), "
        "name another store in MLFLOW_TRACKING_URI, "
        "or give the folder of a model with --model."
    )
