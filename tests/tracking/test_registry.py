import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import (
    aliased_version,
    all_versions,
    count_tagged,
    describe_version,
    find_version,
    register,
    remove_alias,
    set_alias,
    shortened,
)

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def registered(name, trained, make_params):
    """Register a model: `registered(content) -> (store, version)`."""

    def make(content="model"):
        model, store = trained(content), connect()
        return store, register(store, name, model, ensure_run(store, model, [], make_params()))

    return make


def test_the_same_model_is_the_same_version_and_another_another(registered, name, tmp_path):
    store, first = registered("one")
    again = register(store, name, tmp_path / "one", first.run_id)
    assert (first.number, again.number) == (1, 1)
    assert first.digest == model_digest(tmp_path / "one")
    tags = store.client.get_model_version(name, "1").tags
    size = sum(file.stat().st_size for file in (tmp_path / "one").iterdir())
    assert tags == {"inkpipe.model_digest": model_digest(tmp_path / "one"), "inkpipe.model_bytes": str(size)}
    assert first.size == size
    _, second = registered("two")
    assert second.number == 2
    assert find_version(store, name, first.digest).number == 1
    assert find_version(store, name, "nothing") is None


def test_a_registration_that_stopped_half_way_is_completed_without_a_second_model(
    registered, name, monkeypatch, tmp_path
):
    import mlflow

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(mlflow, "register_model", stop)
        with pytest.raises(KeyboardInterrupt):
            registered("one")
    store = connect()
    (left,) = store.client.search_logged_models([store.experiment_id])
    (run,) = store.client.search_runs([store.experiment_id])
    version = register(store, name, tmp_path / "one", run.info.run_id)
    assert version.model_id == left.model_id
    assert len(store.client.search_logged_models([store.experiment_id])) == 1


def test_an_alias_names_its_version_and_an_unknown_one_none(registered, name):
    store, version = registered()
    assert aliased_version(store, name, "champion") is None
    assert aliased_version(store, "no-such-model", "champion") is None
    set_alias(store, version, "champion")
    assert aliased_version(store, name, "champion").number == version.number


def test_an_alias_moves_to_another_version_and_can_be_removed(registered, name):
    store, first = registered("one")
    _, second = registered("two")
    set_alias(store, first, "champion")
    set_alias(store, second, "champion")
    assert find_version(store, name, first.digest).aliases == ()
    assert find_version(store, name, second.digest).aliases == ("champion",)
    remove_alias(store, name, "champion")
    assert aliased_version(store, name, "champion") is None


def test_tags_and_description_stay_with_their_version(registered, name):
    store, version = registered()
    assert version.decision is None
    describe_version(store, version, {"inkpipe.decision": '{"decision": "champion"}', "cer": "0.1"}, "**better**")
    assert find_version(store, name, version.digest).decision == {"decision": "champion"}
    assert store.client.get_model_version(name, "1").description == "**better**"
    assert count_tagged(store, name, "cer", "0.1") == 1
    assert count_tagged(store, name, "cer", "0.2") == 0


def test_a_description_that_is_too_long_for_postgresql_loses_its_last_lines():
    row, end = "x" * 99, "More stands elsewhere."
    whole = "\n".join([row] * 50)
    assert shortened(whole, end) == whole
    lines = shortened(f"{whole}\n{row}", end).splitlines()
    assert lines == [row] * 49 + ["", end]
    assert shortened("x" * 6000, end) == "x" * 4976 + f"\n\n{end}"
    assert len(shortened("x" * 6000, end)) == 5000


def test_all_versions_are_listed_the_oldest_first(registered, name):
    assert all_versions(connect(), name) == []
    numbers = [registered(content)[1].number for content in ("one", "two", "three")]
    assert [version.number for version in all_versions(connect(), name)] == numbers == [1, 2, 3]


def test_a_store_that_fails_is_one_error(registered, name, monkeypatch):
    from mlflow.exceptions import MlflowException

    def fail(*_, **__):
        raise MlflowException("the server went away")

    store, version = registered()
    monkeypatch.setattr(type(store.client), "set_registered_model_alias", fail)
    with pytest.raises(InkpipeError, match=r"cannot be used\. Received: the server went away\."):
        set_alias(store, version, "champion")
