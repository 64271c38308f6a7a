import errno
import time
from collections import namedtuple

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.kaggle import source as kaggle
from inkpipe.sources.kaggle import transfer as kaggle_transfer
from inkpipe.sources.kaggle.client import ATTEMPTS

CUT = 200_000  # bytes, within the archive


@pytest.fixture
def interrupted(service, params, fetched, monkeypatch):
    """Have a process stopped after `CUT` bytes."""

    def run():
        service.storage_fails(cut=CUT)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(time, "sleep", interrupt)
            fetched(params())

    return run


def interrupt(*_):
    raise KeyboardInterrupt


def test_a_broken_connection_is_resumed(service, params, pauses, fetched, cached):
    service.storage_fails(cut=CUT)
    service.storage_fails(cut=1000)
    assert fetched(params()) == service.content
    assert service.served == [
        (None, None, None, 200),
        (f"bytes={CUT}-", '"one"', None, 206),
        (f"bytes={CUT + 1000}-", '"one"', None, 206),
    ]
    assert pauses == [1.0, 1.0]
    assert cached() == ["handwriting-recognition-v3.zip"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_transient_error_amid_a_resumed_transfer_loses_nothing(service, params, pauses, status, fetched):
    service.storage_fails(cut=CUT)
    for _ in range(2):
        service.storage_fails(status, body=b"x" * 5000)
    service.storage_fails(cut=1000)
    service.storage_fails(status)
    assert fetched(params()) == service.content
    assert service.served == [
        (None, None, None, 200),
        (f"bytes={CUT}-", '"one"', None, status),
        (f"bytes={CUT}-", '"one"', None, status),
        (f"bytes={CUT}-", '"one"', None, 206),
        (f"bytes={CUT + 1000}-", '"one"', None, status),
        (f"bytes={CUT + 1000}-", '"one"', None, 206),
    ]
    assert pauses == [1.0, 2.0, 4.0, 1.0, 2.0]


def test_a_stopped_process_is_resumed_by_the_next(service, params, fetched, cached, interrupted):
    interrupted()
    assert cached() == ["handwriting-recognition-v3.zip.partial", "handwriting-recognition-v3.zip.partial.json"]
    service.storage_fails(503)
    assert fetched(params()) == service.content
    assert [served[0] for served in service.served] == [None, f"bytes={CUT}-", f"bytes={CUT}-"]
    assert cached() == ["handwriting-recognition-v3.zip"]


def test_an_archive_that_changed_before_a_transient_error_starts_afresh(service, params, monkeypatch, fetched):
    def change(_):
        service.content, service.etag = new, '"two"'

    monkeypatch.setattr(time, "sleep", change)
    service.content, new = bytes(len(service.content)), service.content
    service.storage_fails(cut=CUT)
    service.storage_fails(503)
    assert fetched(params()) == new
    assert service.served == [
        (None, None, None, 200),
        (f"bytes={CUT}-", '"one"', None, 503),
        (f"bytes={CUT}-", '"one"', None, 200),
    ]


def test_a_process_stopped_at_the_check_does_not_fetch_again(service, params, monkeypatch, fetched):
    with monkeypatch.context() as patch:
        patch.setattr(kaggle, "_verify", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fetched(params())
    assert fetched(params()) == service.content
    assert service.served == [(None, None, None, 200)]


def test_an_archive_that_changed_meanwhile_starts_afresh(service, params, fetched, interrupted):
    service.content, other = bytes(len(service.content)), service.content
    interrupted()
    service.content, service.etag = other, '"two"'
    service.storage_fails(cut=1000)  # the note is now of the new one
    assert fetched(params()) == other
    assert service.served == [
        (None, None, None, 200),
        (f"bytes={CUT}-", '"one"', None, 200),
        ("bytes=1000-", '"two"', None, 206),
    ]


def test_a_partial_file_of_no_known_origin_starts_afresh(service, params, cache, fetched):
    (cache / "landlord").mkdir(parents=True)
    (cache / "landlord/handwriting-recognition-v3.zip.partial").write_bytes(b"x" * CUT)
    assert fetched(params()) == service.content
    assert service.served == [(None, None, None, 200)]


@pytest.mark.parametrize("damaged", [b"", b'{"bytes": ', b"[1]", b'{"bytes": 9}', b'{"bytes": "9", "validator": 1}'])
def test_a_partial_file_whose_note_is_damaged_starts_afresh(service, params, cache, fetched, interrupted, damaged):
    interrupted()
    (cache / "landlord/handwriting-recognition-v3.zip.partial.json").write_bytes(damaged)
    assert fetched(params()) == service.content
    assert service.served == [(None, None, None, 200), (None, None, None, 200)]


def test_a_partial_file_beyond_the_end_starts_afresh(service, params, cache, fetched, interrupted):
    interrupted()
    with (cache / "landlord/handwriting-recognition-v3.zip.partial").open("ab") as partial:
        partial.write(service.content)
    assert fetched(params()) == service.content
    assert service.served == [
        (None, None, None, 200),
        (f"bytes={CUT + len(service.content)}-", '"one"', None, 416),
        (None, None, None, 200),
    ]


def test_another_range_than_the_one_asked_for_starts_afresh(service, params, fetched):
    service.storage_fails(cut=CUT)
    service.storage_fails(206, {"Content-Range": "bytes 5-9/10"}, b"wrong")
    assert fetched(params()) == service.content
    assert [served[0] for served in service.served] == [None, f"bytes={CUT}-", None]


def test_a_page_in_answer_to_a_range_loses_nothing(service, params, fetched, interrupted):
    interrupted()
    service.storage_fails(200, {"Content-Type": "text/html"}, b"<html>log in</html>")
    with pytest.raises(InkpipeError, match="a page instead of an archive"):
        fetched(params())
    assert fetched(params()) == service.content
    assert service.served[-1] == (f"bytes={CUT}-", '"one"', None, 206)


def test_progress_gives_further_tries(service, params, pauses, fetched):
    for _ in range(12):
        service.storage_fails(cut=10_000)
    assert fetched(params()) == service.content
    assert set(pauses) == {1.0}


def test_no_progress_ends_after_some_attempts_and_the_bytes_stay(service, params, pauses, fetched, cached):
    service.storage_fails(cut=CUT)
    service.api_fails()
    for _ in range(ATTEMPTS):
        service.api_fails(503)
    with pytest.raises(
        InkpipeError, match=r"does not serve the data set now. Received: 503 .*Try later; the bytes that arrived stay"
    ):
        fetched(params())
    assert "handwriting-recognition-v3.zip.partial" in cached()


def test_no_space_is_noticed_before_the_transfer(service, params, cache, monkeypatch, fetched, cached):
    monkeypatch.setattr(kaggle_transfer.shutil, "disk_usage", lambda _: usage(total=9, used=8, free=1))
    with pytest.raises(InkpipeError, match=r"no room .*bytes to come, 1 free in .*runtime.kaggle_cache"):
        fetched(params())
    assert cached() == []


usage = namedtuple("usage", ["total", "used", "free"])


def test_a_disk_that_fills_up_is_named(service, params, cache, monkeypatch, fetched):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kaggle_transfer, "bar", full)
    with pytest.raises(InkpipeError, match=r"disk is full.*runtime.kaggle_cache"):
        fetched(params())
