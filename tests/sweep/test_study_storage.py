import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sweep.study_storage import open_storage, storage_address


def test_a_file_is_the_projects_and_a_url_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.delenv("INKPIPE_SWEEP_STORAGE", raising=False)
    assert storage_address(".inkpipe/a.journal", tmp_path) == f"{tmp_path.resolve()}/.inkpipe/a.journal"
    assert storage_address("postgresql://host/name", tmp_path) == "postgresql://host/name"
    monkeypatch.setenv("INKPIPE_SWEEP_STORAGE", "postgresql://user:secret@host/name")
    assert storage_address(".inkpipe/a.journal", tmp_path) == "postgresql://user:secret@host/name"


def test_a_file_of_another_kind_is_one_message(tmp_path, monkeypatch):
    monkeypatch.delenv("INKPIPE_SWEEP_STORAGE", raising=False)
    with pytest.raises(InkpipeError, match=r"no known kind\. Received: sweeps\.txt"):
        storage_address("sweeps.txt", tmp_path)


@pytest.mark.parametrize("name", ["below/a.journal", "below/a.db"])
def test_files_keep_trials(tmp_path, name):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    address = str(tmp_path / name)
    study = optuna.create_study(storage=open_storage(address), study_name="s")
    study.add_trial(optuna.trial.create_trial(value=0.5))
    again = optuna.load_study(storage=open_storage(address), study_name="s")
    assert [trial.value for trial in again.trials] == [0.5]


@pytest.mark.parametrize("url", ["postgresql://user:secret@127.0.0.1:9/x", "nosuch://user:secret@host/x"])
def test_a_database_that_cannot_be_used_is_one_message_without_its_password(url):
    with pytest.raises(InkpipeError, match="cannot be used") as caught:
        open_storage(url)
    assert "secret" not in str(caught.value)
