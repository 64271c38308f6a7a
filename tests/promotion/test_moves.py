import threading

import pytest

from inkpipe.promotion.moves import Move, history, move_champion, notice_moves_outside, previous_champion
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import aliased_version, numbered_version, register, remove_alias, set_alias

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def versions(name, trained, make_params):
    """A store, and two versions in its registry."""
    store = connect()
    folders = [trained("one"), trained("two")]
    return store, *(register(store, name, folder, ensure_run(store, folder, [], make_params())) for folder in folders)


def champion(store, version):
    return getattr(aliased_version(store, version.name, "champion"), "number", None)


def test_every_move_is_recorded_with_who_why_and_when(versions):
    store, one, two = versions
    assert history(store, one.name) == []
    assert move_champion(store, one, None, "gate", "first")
    assert move_champion(store, two, one, "person", "nicer")
    moves = history(store, one.name)
    assert [(move.version, move.before, move.by, move.reason) for move in moves] == [
        (1, None, "gate", "first"), (2, 1, "person", "nicer"),
    ]  # fmt: skip
    assert all(move.time.endswith("+00:00") for move in moves)
    assert moves[0].time <= moves[1].time


def test_the_registered_model_is_described_by_its_champion_unless_a_person_described_it(versions):
    store, one, two = versions

    def description():
        return store.client.get_registered_model(one.name).description

    move_champion(store, one, None, "gate", "It is the first model.")
    assert description().startswith("Champion: version 1, by gate on ")
    assert "It is the first model. All moves: `inkpipe registry history`." in description()
    move_champion(store, two, one, "person", "nicer")
    assert description().startswith("Champion: version 2, by person on ")
    store.client.update_registered_model(one.name, "Names on forms of 1910.")
    move_champion(store, one, two, "gate", "")
    assert description() == "Names on forms of 1910."


def test_a_long_reason_does_not_make_the_description_longer_than_postgresql_takes(versions):
    store, one, two = versions
    move_champion(store, one, None, "person", "x" * 6000)
    description = store.client.get_registered_model(one.name).description
    assert len(description) == 5000
    assert description.endswith("xxx All moves: `inkpipe registry history`.")
    move_champion(store, two, one, "gate", "It is better.")
    assert "It is better." in store.client.get_registered_model(one.name).description


def test_a_model_that_nobody_registered_has_no_history(name):
    assert history(connect(), name) == []


def test_the_alias_moves_only_if_the_champion_is_the_expected_one(versions):
    store, one, two = versions
    assert move_champion(store, one, None, "gate", "")
    assert not move_champion(store, two, None, "gate", "")
    assert champion(store, one) == 1
    assert len(history(store, one.name)) == 1


def test_of_many_moves_at_once_one_succeeds(versions):
    store, one, two = versions
    results = []
    threads = [
        threading.Thread(target=lambda each=each: results.append(move_champion(store, each, None, "gate", "")))
        for each in (one, two) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 5 + [True]


def test_a_person_marks_what_they_replace_and_frees_what_they_choose(versions):
    store, one, two = versions
    move_champion(store, one, None, "gate", "")
    move_champion(store, two, one, "gate", "")
    assert numbered_version(store, one.name, 1).taken_down is None  # the gate marks nothing
    move_champion(store, one, two, "person", "two drops hyphens")
    assert numbered_version(store, one.name, 2).taken_down == "two drops hyphens"
    move_champion(store, numbered_version(store, one.name, 2), one, "person", "repaired")
    assert numbered_version(store, one.name, 2).taken_down is None
    assert numbered_version(store, one.name, 1).taken_down == "repaired"


def test_a_move_outside_is_noticed_once(versions):
    store, one, two = versions
    notice_moves_outside(store, one.name)  # nothing is known yet
    move_champion(store, one, None, "gate", "")
    move_champion(store, two, one, "gate", "")
    set_alias(store, one, "champion")
    for _ in range(2):
        notice_moves_outside(store, one.name)
        assert [move.by for move in history(store, one.name)] == ["gate", "gate", "outside inkpipe"]
    assert numbered_version(store, one.name, 2).taken_down.startswith("The alias was moved outside")


def test_an_alias_that_was_removed_is_noticed(versions):
    store, one, _ = versions
    move_champion(store, one, None, "gate", "")
    remove_alias(store, one.name, "champion")
    notice_moves_outside(store, one.name)
    assert history(store, one.name)[-1].version is None
    assert numbered_version(store, one.name, 1).taken_down


def test_a_champion_that_was_deleted_is_noticed(versions):
    store, one, _ = versions
    move_champion(store, one, None, "gate", "")
    store.client.delete_model_version(one.name, "1")
    notice_moves_outside(store, one.name)
    assert history(store, one.name)[-1].version is None


def moves(*pairs):
    """Moves by (version, before), and rollbacks by (version, before, True)."""
    return [Move(*pair[:2], "gate", "", rollback=len(pair) == 3) for pair in pairs]


def test_a_rollback_of_a_history_of_before_is_known_by_its_version():
    recorded = [Move(1, None, "gate", ""), Move(2, 1, "gate", ""), Move(3, 2, "gate", ""), Move(2, 3, "person", "")]
    assert previous_champion(recorded) == 1
    assert previous_champion([*recorded[:3], Move(1, 3, "person", "")]) == 3


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (moves(), None),
        (moves((1, None)), None),
        (moves((1, None), (2, 1), (3, 2)), 2),
        (moves((1, None), (2, 1), (3, 2), (2, 3, True)), 1),  # after a rollback, a second one goes further back
        (moves((1, None), (2, 1), (3, 2), (2, 3, True), (4, 2)), 2),
        (moves((1, None), (2, 1), (3, 2), (1, 3)), 3),  # a promotion of an earlier version is taken back too
        (moves((1, None), (2, 1), (3, 2), (2, 3)), 3),
        (moves((1, None), (None, 1), (2, None)), None),
    ],
)
def test_a_rollback_goes_to_the_champion_before(recorded, expected):
    assert previous_champion(recorded) == expected
