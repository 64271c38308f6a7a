import pickle

import pytest

from inkpipe.errors import InkpipeError, without_passwords
from inkpipe.progress import say


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ink:s3cr:et!@db:5432/runs?ssl=1", "postgresql://ink:***@db:5432/runs?ssl=1"),
        ("http://me:a@b@host/api, http://me:x@host too", "http://me:***@host/api, http://me:***@host too"),
        ("http://:token@host", "http://:***@host"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("s3://bucket/folder, sqlite:////var/a:b@c/mlflow.db", "s3://bucket/folder, sqlite:////var/a:b@c/mlflow.db"),
        ("ann@example.org: a:b@c", "ann@example.org: a:b@c"),
    ],
)  # fmt: skip
def test_passwords_of_uris_are_hidden_and_nothing_else(text, shown, capsys):
    assert without_passwords(text) == shown
    assert str(InkpipeError(text)) == shown
    say(text)
    assert capsys.readouterr().out == f"{shown}\n"


def test_an_error_comes_back_from_another_process_as_it_was():
    error = pickle.loads(pickle.dumps(InkpipeError("http://me:x@host failed")))
    assert (type(error), str(error)) == (InkpipeError, "http://me:***@host failed")
