import shutil
from urllib.parse import unquote, urlsplit

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.promotion.by_person import promote_version, roll_back
from inkpipe.promotion.moves import history, move_champion
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import aliased_version, describe_version, numbered_version, register, set_alias

pytest_plugins = ["tests.tiny"]
ACCEPTED = '{"decision": "champion", "reason": "", "model": "d", "scores": {"cer": 0.1}, "champion": null}'
REJECTED = '{"decision": "rejected", "reason": "Worse.", "model": "d", "scores": {"cer": 0.1}, "champion": null}'


@pytest.fixture
def store(name, trained, make_params):
    """A registry of three versions that were champion one after the other, and a fourth that was rejected."""
    store, before = connect(), None
    for content, decision in (("one", ACCEPTED), ("two", ACCEPTED), ("three", ACCEPTED), ("four", REJECTED)):
        folder = trained(content)
        version = register(store, name, folder, ensure_run(store, folder, [], make_params()))
        describe_version(store, version, {"inkpipe.decision": decision}, "")
        if decision == ACCEPTED:
            move_champion(store, version, before, "gate", "better")
            before = version
    return store


def champion(store, name):
    return aliased_version(store, name, "champion").number


def lose_files(store, name, number):
    logged = store.client.get_logged_model(numbered_version(store, name, number).model_id)
    shutil.rmtree(unquote(urlsplit(logged.artifact_location).path))


def test_a_rollback_goes_back_one_champion_at_a_time_and_is_recorded(store, name):
    assert roll_back(store, name, "It drops hyphens.").number == 2
    assert roll_back(store, name, "Still.").number == 1
    assert champion(store, name) == 1
    assert numbered_version(store, name, 3).taken_down == "It drops hyphens."
    assert [(move.version, move.by, move.reason) for move in history(store, name)[-2:]] == [
        (2, "person", "It drops hyphens."), (1, "person", "Still."),
    ]  # fmt: skip
    with pytest.raises(InkpipeError, match=r"no earlier champion to go back to\. Received: .* version 1"):
        roll_back(store, name, "Once more.")


def test_a_rollback_to_a_version_whose_files_are_gone_needs_force(store, name):
    lose_files(store, name, 2)
    with pytest.raises(InkpipeError, match="The files of .* version 2 cannot be fetched"):
        roll_back(store, name, "")
    assert champion(store, name) == 3
    roll_back(store, name, "", force=True)
    assert champion(store, name) == 2


def test_any_version_can_be_promoted_with_a_reason(store, name):
    promote_version(store, name, 1, "The archive asked for it.")
    assert champion(store, name) == 1
    move = history(store, name)[-1]
    assert (move.version, move.before, move.by, move.reason) == (1, 3, "person", "The archive asked for it.")


def test_a_version_that_was_rejected_needs_force_and_is_no_challenger_any_more(store, name):
    set_alias(store, numbered_version(store, name, 4), "challenger")
    with pytest.raises(InkpipeError, match=r"The gate rejected .* version 4: Worse\. Add --force"):
        promote_version(store, name, 4, "I prefer it.")
    promote_version(store, name, 4, "I prefer it.", force=True)
    assert champion(store, name) == 4
    assert aliased_version(store, name, "challenger") is None


def test_a_version_that_was_never_judged_needs_force(store, name, trained, make_params):
    folder = trained("five")
    register(store, name, folder, ensure_run(store, folder, [], make_params()))
    with pytest.raises(InkpipeError, match="has not judged .* version 5"):
        promote_version(store, name, 5, "new")
    promote_version(store, name, 5, "new", force=True)
    assert champion(store, name) == 5


@pytest.mark.parametrize(
    ("number", "reason", "message"),
    [
        (9, "x", r"There is no such version\. Received: 9 of .*`inkpipe registry list`"),
        (3, "x", "version 3 is the champion already"),
        (1, " ", "needs a reason"),
    ],
)
def test_what_cannot_be_promoted_is_one_message(store, name, number, reason, message):
    with pytest.raises(InkpipeError, match=message):
        promote_version(store, name, number, reason)
    assert champion(store, name) == 3
    assert len(history(store, name)) == 3
