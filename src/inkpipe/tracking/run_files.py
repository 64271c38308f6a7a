"""Small text files that are kept with an MLflow run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from inkpipe.tracking.store import ReadStore, retry_locked, translate_errors


@translate_errors()
def log_texts(store: ReadStore, run_id: str, texts: Mapping[str, str]) -> None:
    """Keep texts as artifacts of a run, in place of earlier ones of the same names.

    Args:
        store: of the run.
        run_id: MLflow's id of it.
        texts: by file name.

    Raises:
        InkpipeError: the store fails.
    """
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        retry_locked(lambda: store.client.log_artifacts(run_id, folder))


@translate_errors()
def run_text(store: ReadStore, run_id: str, name: str) -> str | None:
    """Read a text that is kept with a run.

    Args:
        store: of the run.
        run_id: MLflow's id of it.
        name: of the file.

    Returns:
        The text; None if the run has no such file.

    Raises:
        InkpipeError: the store fails, or has no such run.
    """
    if not any(entry.path == name for entry in store.client.list_artifacts(run_id)):
        return None
    with TemporaryDirectory() as folder:
        return Path(store.client.download_artifacts(run_id, name, folder)).read_text(encoding="utf-8")
