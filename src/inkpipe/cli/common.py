"""What several commands need: the project's settings, the champion, and a reader by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root
from inkpipe.params import Params, load_params
from inkpipe.tracking import Store, connect, database, tracking_uri, understood

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from inkpipe.serving.reader import ReadsEach
    from inkpipe.sources.folder import FolderSource

CHAMPION = "champion"
DEFAULT_MODEL_NAME = "inkpipe"


def project_params() -> Params | None:
    """The settings of the project that one stands in; None outside of one."""
    path = project_root() / "params.yaml"
    return load_params(path) if path.exists() else None


def open_folder(path: Path) -> FolderSource:
    """Labelled images, split as the project splits them where they have no split of their own."""
    from inkpipe.sources.folder import FolderSource  # late: most commands read no folder

    params = project_params()
    if params is None:
        return FolderSource(path)
    folder = params.data.folder
    return FolderSource(path, validation_share=folder.validation_share, test_share=folder.test_share)


def model_name() -> str:
    """The registry's name of the project's readers."""
    params = project_params()
    return params.promote.model_name if params else DEFAULT_MODEL_NAME


def champion() -> tuple[Store, ModelVersion]:
    """The store and the version that serves now.

    Raises:
        InkpipeError: there is no store, or no champion in it.
    """
    path, name = database(), model_name()
    if path and not path.exists():  # connecting would make an empty one
        raise _no_champion(name)
    store = connect()
    from inkpipe.registry import version_of

    with understood():
        version = version_of(store, name, CHAMPION)
    if version is None:
        raise _no_champion(name)
    return store, version


@contextmanager
def opened(model: str) -> Iterator[ReadsEach]:
    """The reader that `--model` names: `champion`, or a folder.

    Raises:
        InkpipeError: there is no champion, or the folder is not a reader.
    """
    if model != CHAMPION:
        from inkpipe.serving import Reader

        yield Reader.load(Path(model))
        return
    _, version = champion()
    from inkpipe.registry import registered_reader

    with registered_reader(version) as reader:
        yield reader


def interval(scores: dict[str, Any], rate: str) -> str:
    """A rate with its 95 % interval, in per cent."""
    return f"{scores[rate]:.2%} ({scores[f'{rate}_low']:.2%} to {scores[f'{rate}_high']:.2%})"


def _no_champion(name: str) -> InkpipeError:
    return InkpipeError(
        f"No reader is champion. Received: model name {name!r} in the MLflow store {tracking_uri()}. "
        "Run `make repro` to train and promote one (`dvc repro -f promote` where all is up to date), "
        "name another store in MLFLOW_TRACKING_URI, "
        "or give the folder of a reader with --model."
    )
