"""The history of the champion: every move of its alias, who made it and why, recorded with the registered model.

A move is checked and made under a lock, so that two promotions at once cannot overwrite each other. A person's choice
stands: the version that a person replaced is marked, and the gate does not bring it back.
"""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from inkpipe.tracking.exclusive import exclusive
from inkpipe.tracking.model_version import TAKEN_DOWN, ModelVersion
from inkpipe.tracking.registry import CHAMPION, LONGEST_DESCRIPTION, aliased_version, numbered_version, set_alias
from inkpipe.tracking.store import ReadStore, if_present, retry_locked, translate_errors

MOVE = "inkpipe.move."  # prefix of tags of a registered model; the rest orders them by time
MORE = "All moves: `inkpipe registry history`."  # the end of a description that inkpipe wrote
Mover = Literal["gate", "person", "outside inkpipe"]


@dataclass(frozen=True)
class Move:
    """A move of the alias `champion`.

    Attributes:
        version: the number that it went to; None if it was removed.
        before: the number that it came from; None if there was no champion.
        by: the gate, a person with `inkpipe registry`, or something else, such as the MLflow UI.
        reason: for people.
        user: the account of the process; empty where it is not known.
        time: when it was recorded, UTC, ISO 8601.
        rollback: whether it took back an earlier move; None for moves that were recorded before this was.
    """

    version: int | None
    before: int | None
    by: Mover
    reason: str
    user: str = ""
    time: str = ""
    rollback: bool | None = None


@translate_errors()
def history(store: ReadStore, name: str) -> list[Move]:
    """Read the recorded moves of a registered model's champion, the oldest first.

    Args:
        store: whose registry is read.
        name: of the registered model.

    Returns:
        The moves; none if the registry does not have the model.

    Raises:
        InkpipeError: the store fails.
    """
    model = if_present(lambda: store.client.get_registered_model(name))
    tags = model.tags if model else {}
    return [Move(**json.loads(tags[tag])) for tag in sorted(tags) if tag.startswith(MOVE)]


def move_champion(
    store: ReadStore,
    version: ModelVersion,
    expected: ModelVersion | None,
    by: Mover,
    reason: str,
    *,
    rollback: bool = False,
) -> bool:
    """Make a version champion, if the champion is still the one that the choice was made against.

    Args:
        store: of the version.
        version: the new champion.
        expected: the champion so far; None for none.
        by: who decided. A person's choice marks the version that it replaces, and frees the chosen one of its mark.
        reason: for the history.
        rollback: whether the move takes back an earlier one, see `previous_champion`.

    Returns:
        Whether the version is champion now. If not, another process was faster: decide again.

    Raises:
        InkpipeError: the store fails.
    """
    with exclusive(store, version.name):
        if _number(aliased_version(store, version.name, CHAMPION)) != _number(expected):
            return False
        if by == "person":
            _mark(store, version, None)
            if expected:
                _mark(store, expected, reason)
        set_alias(store, version, CHAMPION)
        _record(store, version.name, Move(version.number, _number(expected), by, reason, rollback=rollback))
    return True


def notice_moves_outside(store: ReadStore, name: str) -> None:
    """Record that the alias is not where inkpipe left it, and respect it as a person's choice.

    Args:
        store: whose registry is used.
        name: of the registered model.

    Raises:
        InkpipeError: the store fails.
    """
    if not _moved_outside(store, name):
        return
    with exclusive(store, name):
        if not (moves := _moved_outside(store, name)):  # another process was in the middle of a move
            return
        left, now = moves[-1].version, _number(aliased_version(store, name, CHAMPION))
        reason = "The alias was moved outside of inkpipe, for instance in the MLflow UI."
        replaced = numbered_version(store, name, left) if left else None
        if replaced:
            _mark(store, replaced, reason)
        chosen = numbered_version(store, name, now) if now else None
        if chosen:
            _mark(store, chosen, None)
        _record(store, name, Move(now, left, "outside inkpipe", reason))


def previous_champion(moves: Sequence[Move]) -> int | None:
    """Find the version to go back to: the champion before the last move that no rollback took back.

    Args:
        moves: the history, the oldest first.

    Returns:
        A number; None if there was no champion before.
    """
    before: list[int | None] = []
    for move in moves:
        rollback = move.rollback
        if rollback is None:  # of the earlier histories, a person's move to the champion before
            rollback = move.by == "person" and bool(before) and move.version == before[-1]
        if rollback and before:
            before.pop()
        else:
            before.append(move.before)
    return before[-1] if before else None


def _moved_outside(store: ReadStore, name: str) -> list[Move]:
    """The history, if the alias is not where its last move put it; else nothing."""
    moves = history(store, name)
    moved = moves and moves[-1].version != _number(aliased_version(store, name, CHAMPION))
    return moves if moved else []


def _mark(store: ReadStore, version: ModelVersion, reason: str | None) -> None:
    """Mark a version as taken down by a person, or remove the mark."""
    name, number = version.name, str(version.number)
    with translate_errors():
        if reason is not None:
            retry_locked(lambda: store.client.set_model_version_tag(name, number, TAKEN_DOWN, reason))
        elif version.taken_down is not None:
            retry_locked(lambda: store.client.delete_model_version_tag(name, number, TAKEN_DOWN))


@translate_errors()
def _record(store: ReadStore, name: str, move: Move) -> None:
    now = time.time_ns()
    stamp = datetime.fromtimestamp(now / 1e9, UTC).isoformat(timespec="seconds")
    complete = replace(move, user=_user(), time=stamp)
    tag, text = f"{MOVE}{now:020d}", json.dumps(asdict(complete))
    retry_locked(lambda: store.client.set_registered_model_tag(name, tag, text))
    _describe(store, name, complete)


def _describe(store: ReadStore, name: str, move: Move) -> None:
    """Say on the page of the registered model which version is champion and why, unless a person described it."""
    earlier = store.client.get_registered_model(name).description or ""
    if earlier and not earlier.endswith(MORE):
        return
    champion = f"Champion: version {move.version}" if move.version else "There is no champion"
    text = f"{champion}, by {move.by} on {move.time}. {move.reason}"[: LONGEST_DESCRIPTION - len(MORE) - 1] + f" {MORE}"
    retry_locked(lambda: store.client.update_registered_model(name, text))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return ""


def _number(version: ModelVersion | None) -> int | None:
    return version.number if version else None
