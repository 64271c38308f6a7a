"""The MLflow registry: one version for each model, aliases that name the serving one, and the promotion decisions.

Its functions give plain `ModelVersion` objects, so that callers need no MLflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from inkpipe.model.artifacts import model_digest
from inkpipe.tracking.exclusive import exclusive
from inkpipe.tracking.model_version import MODEL_DIGEST, MODEL_SIZE, ModelVersion
from inkpipe.tracking.packages import find_package, log_package
from inkpipe.tracking.store import ReadStore, Store, retry_locked, translate_errors

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

CHAMPION: Final = "champion"  # alias of the version that serves
CHALLENGER: Final = "challenger"  # alias of the best of the rejected versions
LONGEST_DESCRIPTION: Final = 5000  # characters; PostgreSQL refuses more, while SQLite takes them


@translate_errors()
def register(store: Store, name: str, model_folder: Path, run_id: str) -> ModelVersion:
    """Register a model, unless it is registered already. An earlier call that stopped half way is completed.

    Args:
        store: whose registry is used.
        name: of the registered model.
        model_folder: the folder of the model's files.
        run_id: the MLflow run of its training.

    Returns:
        The version of this model: of the same files always the same.

    Raises:
        InkpipeError: the store fails, or a file of the model is absent.
    """
    import mlflow

    digest = model_digest(model_folder)
    if version := find_version(store, name, digest):
        return version
    tags = {MODEL_DIGEST: digest}
    model_id = find_package(store, tags) or log_package(model_folder, run_id, tags)
    size = sum(file.stat().st_size for file in model_folder.iterdir())
    version_tags = {**tags, MODEL_SIZE: str(size)}
    with exclusive(store, name):  # another clone may have registered the same model meanwhile
        if version := find_version(store, name, digest):
            return version
        created = retry_locked(lambda: mlflow.register_model(f"models:/{model_id}", name, tags=version_tags))
    return _version(store, created)


@translate_errors()
def find_version(store: ReadStore, name: str, digest: str) -> ModelVersion | None:
    """Find the version of a model by the digest of its files.

    Args:
        store: whose registry is searched.
        name: of the registered model.
        digest: of `inkpipe.model.artifacts.model_digest`.

    Returns:
        The version; None if the model is not registered under that name.

    Raises:
        InkpipeError: the store fails.
    """
    versions = store.client.search_model_versions(f"name = '{name}' and tags.`{MODEL_DIGEST}` = '{digest}'")
    return _version(store, versions[0]) if versions else None


@translate_errors()
def aliased_version(store: ReadStore, name: str, alias: str) -> ModelVersion | None:
    """Find the version that has an alias.

    Args:
        store: whose registry is searched.
        name: of the registered model.
        alias: such as `champion`.

    Returns:
        The version; None if no version has the alias.

    Raises:
        InkpipeError: the store fails.
    """
    return _found(store, lambda: store.client.get_model_version_by_alias(name, alias))


@translate_errors()
def numbered_version(store: ReadStore, name: str, number: int) -> ModelVersion | None:
    """Find a version by its number.

    Args:
        store: whose registry is searched.
        name: of the registered model.
        number: of the version, from 1.

    Returns:
        The version; None if the registry does not have it.

    Raises:
        InkpipeError: the store fails.
    """
    return _found(store, lambda: store.client.get_model_version(name, str(number)))


@translate_errors()
def all_versions(store: ReadStore, name: str) -> list[ModelVersion]:
    """List the versions of a registered model, the oldest first; none if the registry does not have the model.

    Raises:
        InkpipeError: the store fails.
    """
    found: list[MlflowVersion] = []
    token = None
    while token != "":
        page = store.client.search_model_versions(f"name = '{name}'", page_token=token)
        found += page
        token = page.token or ""
    return sorted((_version(store, each) for each in found), key=lambda version: version.number)


@translate_errors()
def count_tagged(store: ReadStore, name: str, tag: str, value: str) -> int:
    """Count the versions of a registered model that have a tag of a value; 10,000 at most.

    Raises:
        InkpipeError: the store fails.
    """
    return len(store.client.search_model_versions(f"name = '{name}' and tags.`{tag}` = '{value}'", max_results=10_000))


@translate_errors()
def describe_version(store: ReadStore, version: ModelVersion, tags: Mapping[str, str], description: str) -> None:
    """Give a version tags and a description, in place of earlier ones of the same names.

    Args:
        store: of the version.
        version: the version.
        tags: texts by name.
        description: Markdown, which the MLflow UI shows.

    Raises:
        InkpipeError: the store fails.
    """
    name, number = version.name, str(version.number)
    for tag, value in tags.items():
        retry_locked(lambda tag=tag, value=value: store.client.set_model_version_tag(name, number, tag, value))  # type: ignore[misc]
    retry_locked(lambda: store.client.update_model_version(name, number, description))


def shortened(description: str, end: str) -> str:
    """A description that every registry can hold: one that is too long loses its last lines.

    Args:
        description: the text, of many lines if it is long.
        end: the last line of one that was shortened; it tells where the rest is.
    """
    if len(description) <= LONGEST_DESCRIPTION:
        return description
    kept = description[: LONGEST_DESCRIPTION - len(end) - 2]
    whole_lines, _, _ = kept.rpartition("\n")
    return f"{whole_lines or kept}\n\n{end}"


@translate_errors()
def set_alias(store: ReadStore, version: ModelVersion, alias: str) -> None:
    """Give a version an alias, and take it from the version that had it.

    Raises:
        InkpipeError: the store fails.
    """
    retry_locked(lambda: store.client.set_registered_model_alias(version.name, alias, str(version.number)))


@translate_errors()
def remove_alias(store: ReadStore, name: str, alias: str) -> None:
    """Take an alias from the version that has it.

    Raises:
        InkpipeError: the store fails.
    """
    retry_locked(lambda: store.client.delete_registered_model_alias(name, alias))


def _found(store: ReadStore, find: Callable[[], MlflowVersion]) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    try:
        return _version(store, find())
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None


def _version(store: ReadStore, version: MlflowVersion) -> ModelVersion:
    return ModelVersion.from_mlflow(store.client.get_model_version(version.name, str(version.version)))
