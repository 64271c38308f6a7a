"""The lock of the registry: a file beside SQLite, and a name in the registry of a server."""

import threading
import time

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.tracking import connect, exclusive
from inkpipe.tracking.exclusive import HOLDER

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def served(name, monkeypatch):
    """A store that is locked as a server's is: nothing is known of its database."""
    store = connect()
    monkeypatch.setattr(exclusive, "database", lambda: None)
    return store


def names(store):
    return {model.name for model in store.client.search_registered_models()}


def test_the_lock_is_beside_the_database_and_one_message_tells_where_it_cannot_be(own_store):
    store = connect()
    with exclusive.exclusive(store, "inkpipe"):
        assert (own_store.parent / "own.db.lock").exists()
    assert not (own_store.parent / "own.db.lock").exists()
    (own_store.parent / "own.db.lock").mkdir()
    with (
        pytest.raises(InkpipeError, match=r"The MLflow store cannot be locked\. Received: .*own\.db\.lock"),
        exclusive.exclusive(store, "inkpipe"),
    ):
        pass


def test_an_error_of_the_block_passes_through(own_store):
    failed = OSError("of the block")
    with pytest.raises(OSError, match="of the block") as raised, exclusive.exclusive(connect(), "inkpipe"):
        raise failed
    assert raised.value is failed
    assert not (own_store.parent / "own.db.lock").exists()


def test_on_a_server_one_block_runs_at_a_time_and_the_lock_is_gone_afterwards(served, name):
    inside, seen = [], []

    def work(number):
        with exclusive.exclusive(served, name):
            inside.append(number)
            time.sleep(0.05)
            seen.append(list(inside))
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [[0], [1], [2], [3]]
    assert f"{name}.lock" not in names(served)


def test_a_block_that_fails_gives_the_lock_back(served, name):
    with pytest.raises(ValueError, match="no"), exclusive.exclusive(served, name):
        assert f"{name}.lock" in names(served)
        raise ValueError("no")
    assert f"{name}.lock" not in names(served)


def test_the_lock_of_a_process_that_was_killed_is_removed_after_its_lease(served, name, monkeypatch, capsys):
    served.client.create_registered_model(f"{name}.lock", tags={HOLDER: "killed"})
    monkeypatch.setattr(exclusive, "LEASE", 0.5)
    with exclusive.exclusive(served, name):
        assert served.client.get_registered_model(f"{name}.lock").tags[HOLDER] != "killed"
    assert f"{name}.lock" not in names(served)
    assert "is removed" in capsys.readouterr().out


def test_a_holder_whose_lease_ended_does_not_remove_the_lock_of_the_next_one(served, name):
    with exclusive.exclusive(served, name):
        served.client.delete_registered_model(f"{name}.lock")
        served.client.create_registered_model(f"{name}.lock", tags={HOLDER: "next"})
    assert served.client.get_registered_model(f"{name}.lock").tags[HOLDER] == "next"


def test_a_request_that_was_repeated_after_its_answer_was_lost_has_the_lock(served, name, monkeypatch):
    create = served.client.create_registered_model

    def twice(*arguments, **values):
        create(*arguments, **values)
        return create(*arguments, **values)

    monkeypatch.setattr(served.client, "create_registered_model", twice)
    with exclusive.exclusive(served, name):
        pass
    assert f"{name}.lock" not in names(served)
