"""The model that `train.init_from` names: the champion, a model of the registry, or files."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from inkpipe.errors import InkpipeError
from inkpipe.files import project_path, sha256_file
from inkpipe.model.artifacts import model_digest
from inkpipe.model.fine_tuning import InitialModel
from inkpipe.params import Params
from inkpipe.progress import say
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import fetch_package
from inkpipe.tracking.registry import CHAMPION, aliased_version, numbered_version
from inkpipe.tracking.store import open_store, tracking_uri

REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<number>\d+)|@(?P<alias>[^/@]+))")


def initial_model(params: Params) -> InitialModel | None:
    """Load the model that a training starts from, and say where its images were prepared otherwise.

    Args:
        params: of the training. `train.init_from` is `champion`, `models:/NAME/VERSION`, `models:/NAME@ALIAS`, or the
            path of a model's folder or of a `.weights.h5`, relative to the project's root; None for no model.
            `promote.model_name` is the name of the champion.

    Returns:
        The model; None for None.

    Raises:
        InkpipeError: there is no such model, its files are not those that were registered, or the store fails.
    """
    if params.train.init_from is None:
        return None
    initial = _named(params.train.init_from, params.promote.model_name)
    if differing := initial.describe_other_images(params.preprocess):
        say(differing)
    return initial


def initial_digest(params: Params) -> str | None:
    """The digest of the model that `initial_model` would load, without its network.

    Args:
        params: as of `initial_model`.

    Returns:
        As `InitialModel.digest`; None for None, and for files that are absent.

    Raises:
        InkpipeError: the registry has no such model, files are none of a model, or the store fails.
    """
    init_from = params.train.init_from
    if init_from is None:
        return None
    if init_from == CHAMPION or init_from.startswith("models:"):
        return _registered_as(init_from, params.promote.model_name).digest
    path = project_path(init_from)
    if path.is_file():
        return sha256_file(path)
    return model_digest(path) if path.is_dir() else None


def _named(init_from: str, model_name: str) -> InitialModel:
    if init_from != CHAMPION and not init_from.startswith("models:"):
        return InitialModel.load(project_path(init_from), init_from)
    version = _registered_as(init_from, model_name)
    with TemporaryDirectory() as folder:
        return InitialModel.load(fetch_package(version, Path(folder)).model_folder, str(version))


def _registered_as(init_from: str, model_name: str) -> ModelVersion:
    return _registered(f"models:/{model_name}@{CHAMPION}" if init_from == CHAMPION else init_from)


def _registered(uri: str) -> ModelVersion:
    match = REGISTERED.fullmatch(uri)
    if not match:
        raise InkpipeError(
            f"train.init_from is no address of a registered model. Received: {uri}. "
            "Write models:/NAME/VERSION or models:/NAME@ALIAS."
        )
    store, name = open_store(), match["name"]
    if match["alias"]:
        version = aliased_version(store, name, match["alias"])
    else:
        version = numbered_version(store, name, int(match["number"]))
    if version is None:
        raise InkpipeError(
            f"train.init_from names a model that the registry does not have. Received: {uri} in the MLflow store "
            f"{tracking_uri()}. Name another model, or set train.init_from to null to train and promote one first."
        )
    return version
