import base64
import errno
import hashlib
import os
import random
from collections import namedtuple

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources import download, kaggle_transfer, open_source
from inkpipe.sources.kaggle import fetch

CUT = 200_000  # bytes, within the archive


@pytest.fixture
def pauses(monkeypatch):
    """How long was waited between tries, without waiting."""
    waited = []
    monkeypatch.setattr(kaggle_transfer.time, "sleep", waited.append)
    return waited


@pytest.fixture
def no_account(monkeypatch, tmp_path):
    """No credentials, neither in the environment nor at home."""
    for name in [name for name in os.environ if name.startswith("KAGGLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("http_proxy", raising=False)


@pytest.fixture
def service(no_account, pauses, monkeypatch, as_zip, kaggle_files, kaggle_stub):
    import kaggle  # authenticates: late, and with nobody's credentials
    from kagglesdk import kaggle_env

    monkeypatch.setattr(kaggle.api, "config_values", {})
    monkeypatch.setattr(kaggle_transfer, "CHUNK_BYTES", 1000)
    noise = {f"train_v2/train/NOISE_{i}.jpg": random.Random(i).randbytes(100_000) for i in range(5)}
    kaggle_files["written_name_train_v2.csv"] += b"".join(b"NOISE_%d.jpg,N\n" % i for i in range(5))
    with kaggle_stub(as_zip(kaggle_files | noise).read_bytes()) as stub:
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, stub.address)
        yield stub


@pytest.fixture
def params(make_params, tmp_path):
    def make(**values):
        values = {f"data__kaggle__{name}": value for name, value in values.items()}
        cache = {"data__kaggle__cache": str(tmp_path / "cache"), "data__kaggle__timeout_seconds": 5.0}
        return make_params(data__source="kaggle", **{**cache, **values})

    return make


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def cached(cache):
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def fetched(params, cache):
    return fetch(params.data.kaggle, cache).read_bytes()


def test_an_archive_becomes_the_corpus(service, params, cache, tmp_path, every_row):
    assert download(params(version=3), tmp_path / "raw").startswith("kaggle: train 7, validation 1, test 1 images")
    assert next(every_row(tmp_path / "raw", "train")).label == "ANNE"
    described = open_source(params(version=3)).describe()
    assert described == {
        "source": "kaggle",
        "dataset": "landlord/handwriting-recognition",
        "version": 3,
        "layout": "kaggle",
        "archive": {
            "name": "handwriting-recognition-v3.zip",
            "bytes": len(service.content),
            "sha256": hashlib.sha256(service.content).hexdigest(),
        },
        "set_aside": {},
    }
    (request,) = service.asked
    path, asked, credentials = request
    assert path == "/v1/datasets.DatasetApiService/DownloadDataset"
    assert (asked["ownerSlug"], asked["datasetSlug"]) == ("landlord", "handwriting-recognition")
    assert asked["datasetVersionNumber"] == 3
    assert credentials is None
    assert service.served == [(None, None, None, 200)]
    assert cached(cache) == ["handwriting-recognition-v3.zip"]


def test_a_second_run_needs_no_network(service, params, cache):
    first = fetched(params(), cache)
    service.api_fails(500)
    assert fetched(params(), cache) == first == service.content
    assert len(service.asked) == 1
    assert cached(cache) == ["handwriting-recognition-latest.zip"]


def test_credentials_of_the_environment_go_to_the_api_and_not_to_storage(service, params, cache, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "mine")
    fetched(params(), cache)
    assert service.asked[0][2] == "Bearer mine"
    assert service.served[0][2] is None


def test_credentials_of_kaggle_json_go_to_the_api(service, params, cache, tmp_path):
    (tmp_path / "home/.kaggle").mkdir(parents=True)
    (tmp_path / "home/.kaggle/kaggle.json").write_text('{"username": "me", "key": "mine"}')
    fetched(params(), cache)
    assert service.asked[0][2] == "Basic " + base64.b64encode(b"me:mine").decode()
    assert service.served[0][2] is None


def test_a_broken_connection_is_resumed(service, params, cache, pauses):
    service.storage_fails(cut=CUT)
    service.storage_fails()  # a resuming client asks for all, reads the headers only, then asks for the range
    service.storage_fails(cut=1000)
    assert fetched(params(), cache) == service.content
    assert [served[:2] for served in service.served if served[0]] == [
        (f"bytes={CUT}-", '"one"'),
        (f"bytes={CUT + 1000}-", '"one"'),
    ]
    assert len(pauses) == 2
    assert cached(cache) == ["handwriting-recognition-latest.zip"]


def test_a_stopped_process_is_resumed_by_the_next(service, params, cache, monkeypatch):
    service.storage_fails(cut=CUT)
    monkeypatch.setattr(kaggle_transfer.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetched(params(), cache)
    assert cached(cache) == [
        "handwriting-recognition-latest.zip.partial",
        "handwriting-recognition-latest.zip.partial.kaggle-partial",
    ]
    assert fetched(params(), cache) == service.content
    assert service.served[-1][0] == f"bytes={CUT}-"


def interrupt(_):
    raise KeyboardInterrupt


def test_an_archive_that_changed_meanwhile_starts_afresh(service, params, cache, monkeypatch):
    service.storage_fails(cut=CUT)
    service.content, other = bytes(len(service.content)), service.content
    with monkeypatch.context() as patch:
        patch.setattr(kaggle_transfer.time, "sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fetched(params(), cache)
    service.content, service.etag = other, '"two"'
    assert fetched(params(), cache) == other
    assert [served[0] for served in service.served] == [None, None]


def test_an_archive_that_changes_between_two_answers_starts_afresh(service, params, cache):
    service.storage_fails(cut=CUT)
    service.storage_fails()
    service.storage_fails(etag='"two"')
    assert fetched(params(), cache) == service.content
    assert service.served[-1] == (f"bytes={CUT}-", '"one"', None, 200)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_faults_are_tried_again_with_growing_pauses(service, params, cache, pauses, status):
    for _ in range(2):
        service.api_fails(status)
        service.storage_fails(status)
    assert fetched(params(), cache) == service.content
    assert pauses == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("86400", 300.0), ("soon", 1.0)])
def test_the_service_says_how_long_to_wait(service, params, cache, pauses, header, pause):
    service.api_fails(429, {"Retry-After": header})
    assert fetched(params(), cache) == service.content
    assert pauses == [pause]


def test_an_error_page_in_answer_to_a_range_never_ends_in_the_archive(service, params, cache):
    service.storage_fails(cut=CUT)
    service.storage_fails()
    for _ in range(2):  # the client asks for the range, then for all
        service.storage_fails(503, body=b"x" * 5000)
    assert fetched(params(), cache) == service.content


def test_progress_gives_further_tries(service, params, cache, pauses):
    for _ in range(12):
        service.storage_fails(cut=10_000)
    assert fetched(params(), cache) == service.content
    assert set(pauses) == {1.0}


def test_no_progress_ends_after_some_tries_and_keeps_what_came(service, params, cache, pauses):
    service.storage_fails(cut=CUT)
    service.api_fails()
    for _ in range(kaggle_transfer.ATTEMPTS):
        service.api_fails(503)
    with pytest.raises(
        InkpipeError, match=r"does not serve the data set now. Received: 503 .*Try later; what arrived is kept"
    ):
        fetched(params(), cache)
    assert "handwriting-recognition-latest.zip.partial" in cached(cache)


def test_silence_ends(service, params, cache, pauses):
    service.storage_fails(silent=True)
    assert fetched(params(timeout_seconds=0.3), cache) == service.content
    for _ in range(kaggle_transfer.ATTEMPTS):
        service.api_fails(silent=True)
    with pytest.raises(
        InkpipeError, match=r"Kaggle cannot be reached. .*timed out.*data.source to synthetic or folder"
    ):
        fetched(params(timeout_seconds=0.2, version=2), cache)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "does not accept the credentials"),
        (403, "denies access"),
        (404, "no such data set or version"),
        (418, "does not serve the data set now"),
    ],
)
@pytest.mark.parametrize("server", ["api", "storage"])
def test_refusals_end_at_once_with_what_to_do(service, params, cache, pauses, server, status, message):
    getattr(service, f"{server}_fails")(status)
    with pytest.raises(InkpipeError, match=message) as caught:
        fetched(params(version=9), cache)
    assert f"Received: {status}" in str(caught.value)
    assert "landlord/handwriting-recognition, version 9" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert pauses == []
    assert cached(cache) == []


def test_no_network(service, params, cache, pauses, monkeypatch):
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    with pytest.raises(InkpipeError, match=r"cannot be reached. Received: .*Connection refused.*HTTPS_PROXY"):
        fetched(params(), cache)
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_page_instead_of_an_archive(service, params, cache):
    service.storage_fails(200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>log in</html>")
    with pytest.raises(InkpipeError, match=r"a page instead of an archive.*Received: text/html.*localhost") as caught:
        fetched(params(), cache)
    assert "secret" not in str(caught.value)
    assert cached(cache) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: b"<html>log in</html>", "begins with b'<html>log in"),
        (lambda content: content[:-100], "not a whole zip"),
        (lambda content: content.replace(content[300_000:300_010], b"0123456789"), "corrupt entry 'train_v2"),
    ],
    ids=["page", "cut short at the source", "flipped bytes"],
)
def test_what_is_no_whole_archive_is_deleted(service, params, cache, spoil, message):
    service.content, good = spoil(service.content), service.content
    with pytest.raises(InkpipeError, match=r"was of no use and is deleted") as caught:
        fetched(params(), cache)
    assert message in str(caught.value)
    assert cached(cache) == []
    service.content = good
    assert fetched(params(), cache) == good


def test_another_archive_than_the_pinned_one_is_not_used(service, params, cache, tmp_path):
    pinned = hashlib.sha256(service.content).hexdigest()
    assert fetched(params(sha256=pinned), cache) == service.content
    with pytest.raises(InkpipeError, match=f"its sha256 is {pinned}. Received: data.kaggle.sha256 = {'0' * 64}"):
        download(params(sha256="0" * 64), tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_no_room_is_told_before_the_transfer(service, params, cache, monkeypatch):
    monkeypatch.setattr(kaggle_transfer.shutil, "disk_usage", lambda _: usage(total=9, used=8, free=1))
    with pytest.raises(InkpipeError, match=r"no room .*bytes to come, 1 free in .*data.kaggle.cache"):
        fetched(params(), cache)
    assert cached(cache) == []


usage = namedtuple("usage", ["total", "used", "free"])


def test_a_disk_that_fills_up_is_told(service, params, cache, monkeypatch):
    import kaggle

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kaggle.api, "download_file", full)
    with pytest.raises(InkpipeError, match=r"disk is full.*data.kaggle.cache"):
        fetched(params(), cache)


def test_a_cache_that_cannot_be_made_is_told(service, params, cache):
    cache.write_text("a file")
    with pytest.raises(InkpipeError, match=r"cache/landlord cannot be written"):
        fetched(params(), cache)


@pytest.mark.parametrize(
    "values",
    [{"dataset": "no-owner"}, {"dataset": "../x/y"}, {"sha256": "abc"}, {"version": 0}, {"timeout_seconds": 0.0}],
)
def test_ill_formed_params_are_named(params, values):
    (name,) = values
    with pytest.raises(InkpipeError, match=f"data.kaggle.{name}"):
        params(**values)
