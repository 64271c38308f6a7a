"""A person's choice of champion: promote any version with a reason, or roll back to the champion before."""

from __future__ import annotations

from inkpipe.errors import InkpipeError
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.moves import history, move_champion, notice_moves_outside, previous_champion
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import check_package
from inkpipe.tracking.registry import CHALLENGER, CHAMPION, aliased_version, numbered_version, remove_alias
from inkpipe.tracking.store import ReadStore


def promote_version(store: ReadStore, name: str, number: int, reason: str, force: bool = False) -> ModelVersion:
    """Make a version champion because a person says so. The gate does not undo it.

    Args:
        store: whose registry is used.
        name: of the registered model.
        number: of the version.
        reason: for the history.
        force: also a version that the gate rejected or never judged, or whose files cannot be fetched.

    Returns:
        The new champion.

    Raises:
        InkpipeError: there is no such version or no reason, it is champion already, it needs `force`, another process
            moved the champion at the same time, or the store fails.
    """
    if not reason.strip():
        raise InkpipeError("A promotion by hand needs a reason. Received: an empty text. Give --reason.")
    notice_moves_outside(store, name)
    version = existing_version(store, name, number)
    champion = aliased_version(store, name, CHAMPION)
    if champion and champion.number == number:
        raise InkpipeError(f"{version} is the champion already, so nothing was changed.")
    if not force:
        _check_judged(version)
        check_package(version)
    return _move(store, version, champion, reason)


def roll_back(store: ReadStore, name: str, reason: str, force: bool = False) -> ModelVersion:
    """Bring back the champion that the current one replaced. The gate does not undo it.

    Args:
        store: whose registry is used.
        name: of the registered model.
        reason: for the history.
        force: also if the files of that version cannot be fetched.

    Returns:
        The champion of before.

    Raises:
        InkpipeError: there is no champion or none before it, that version is gone or needs `force`, another process
            moved the champion at the same time, or the store fails.
    """
    notice_moves_outside(store, name)
    champion = aliased_version(store, name, CHAMPION)
    before = previous_champion(history(store, name)) if champion else None
    if champion is None or before is None:
        raise InkpipeError(
            f"There is no earlier champion to go back to. Received: {champion or 'no champion'} of {name!r} in "
            f"{store.uri}. `inkpipe registry list` shows the versions; `inkpipe registry promote VERSION --reason ...` "
            "chooses one."
        )
    version = existing_version(store, name, before)
    if not force:
        check_package(version)
    return _move(store, version, champion, reason, rollback=True)


def existing_version(store: ReadStore, name: str, number: int) -> ModelVersion:
    """Find a version that must exist.

    Raises:
        InkpipeError: the registry does not have it, or the store fails.
    """
    version = numbered_version(store, name, number)
    if version is None:
        raise InkpipeError(
            f"There is no such version. Received: {number} of {name!r} in {store.uri}. "
            "`inkpipe registry list` shows those that exist."
        )
    return version


def _check_judged(version: ModelVersion) -> None:
    decision = Decision.from_json(version.decision) if version.decision else None
    if decision is None:
        raise InkpipeError(f"The gate has not judged {version}. Add --force to promote it nevertheless.")
    if not decision.promoted:
        raise InkpipeError(f"The gate rejected {version}: {decision.reason} Add --force to promote it nevertheless.")


def _move(
    store: ReadStore, version: ModelVersion, champion: ModelVersion | None, reason: str, *, rollback: bool = False
) -> ModelVersion:
    if not move_champion(store, version, champion, "person", reason, rollback=rollback):
        raise InkpipeError(
            f"Another process moved the champion at the same time, so {version} may not be it. "
            "Look at `inkpipe registry history` and run again."
        )
    challenger = aliased_version(store, version.name, CHALLENGER)
    if challenger and challenger.number == version.number:
        remove_alias(store, version.name, CHALLENGER)
    return version
