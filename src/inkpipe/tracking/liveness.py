"""Which runs are alive: each holds the lock of a file while it trains, which the system frees however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inkpipe.files import project_root
from inkpipe.tracking.run_tags import DESCRIPTION
from inkpipe.tracking.store import ReadStore, if_present, retry_locked, translate_errors

INTERRUPTED = "The training was interrupted: its process ended without a word, as after SIGKILL or a power cut."


@contextmanager
def alive(run_id: str) -> Iterator[None]:
    """Mark a run as alive until the block ends, or the process.

    Args:
        run_id: MLflow's id of it.
    """
    path = _folder() / f"{run_id}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    unlocked = path.with_suffix(".new")  # it gets its name once it is locked, so that nobody takes it for left behind
    with unlocked.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        unlocked.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@translate_errors()
def close_interrupted(store: ReadStore) -> list[str]:
    """End the runs of this project that still count as running although their process has ended.

    Runs of other machines and projects are theirs to close.

    Args:
        store: of the runs.

    Returns:
        MLflow's ids of the runs that were closed, as `KILLED`.

    Raises:
        InkpipeError: the store fails.
    """
    closed = []
    for path in sorted(_folder().glob("*.lock")):
        try:
            file = path.open()
        except FileNotFoundError:
            continue  # it has just ended
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # it trains
            if (status := _status(store, path.stem)) == "RUNNING":
                _close(store, path.stem)
                closed.append(path.stem)
            if status:  # else it is of another store, whose next command closes it
                path.unlink(missing_ok=True)
    return closed


def _folder() -> Path:
    return project_root() / ".inkpipe" / "runs"


def _status(store: ReadStore, run_id: str) -> str | None:
    run = if_present(lambda: store.client.get_run(run_id))
    return str(run.info.status) if run else None


def _close(store: ReadStore, run_id: str) -> None:
    retry_locked(lambda: store.client.set_tag(run_id, DESCRIPTION, INTERRUPTED))
    retry_locked(lambda: store.client.set_terminated(run_id, "KILLED"))
