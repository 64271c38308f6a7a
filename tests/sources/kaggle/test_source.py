import hashlib
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources import entries


def test_an_archive_becomes_the_corpus(service, params, tmp_path, every_row, cached, open_params, download):
    assert download(params()).rows == {"train": 7, "validation": 1, "test": 1}
    assert next(every_row(tmp_path / "raw", "train")).label == "ANNE"
    described = open_params(params()).describe()
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
        "skipped": {},
    }
    (request,) = service.asked
    method, asked, credentials = request
    assert method == "DownloadDataset"
    assert (asked["ownerSlug"], asked["datasetSlug"]) == ("landlord", "handwriting-recognition")
    assert asked["datasetVersionNumber"] == 3
    assert credentials is None
    assert service.served == [(None, None, None, 200)]
    assert cached() == ["handwriting-recognition-v3.zip"]


def test_a_second_run_needs_no_network(service, params, fetched):
    first = fetched(params())
    assert fetched(params()) == first == service.content
    assert len(service.asked) == 1


def test_of_two_experiments_that_need_the_same_archive_one_fetches_it(service, params, fetched, cached):
    with ThreadPoolExecutor(2) as pool:
        contents = list(pool.map(lambda _: fetched(params()), range(2)))
    assert contents == [service.content] * 2
    assert len(service.served) == 1
    assert cached() == ["handwriting-recognition-v3.zip"]


def test_the_latest_version_is_recorded_by_its_number(service, params, cached, open_params):
    service.latest = 7
    described = open_params(params(version=None)).describe()
    assert (described["version"], described["archive"]["name"]) == (7, "handwriting-recognition-v7.zip")
    data_set = {"ownerSlug": "landlord", "datasetSlug": "handwriting-recognition"}
    assert service.asked == [
        ("GetDataset", data_set, None),
        ("DownloadDataset", {**data_set, "datasetVersionNumber": 7}, None),
    ]
    assert cached() == ["handwriting-recognition-latest.json", "handwriting-recognition-v7.zip"]


def test_the_latest_version_stays_until_its_archive_is_deleted(service, cache, recorded_version):
    assert recorded_version() == 3
    service.latest = 4
    assert recorded_version() == 3
    assert len(service.asked) == 2  # nothing by the second run
    (cache / "landlord/handwriting-recognition-v3.zip").unlink()
    assert recorded_version() == 4
    assert recorded_version() == 4
    assert len(service.asked) == 4


@pytest.fixture
def recorded_version(open_params, params):
    """The version that source.json would record if the latest were asked for."""
    return lambda: open_params(params(version=None)).describe()["version"]


@pytest.mark.parametrize("damaged", [b"", b'{"version": ', b"[3]", b'{"version": "3"}', b"{}", b"\xff"])
def test_a_damaged_note_of_the_latest_version_is_asked_anew(service, cache, damaged, recorded_version):
    assert recorded_version() == 3
    (cache / "landlord/handwriting-recognition-latest.json").write_bytes(damaged)
    assert recorded_version() == 3
    assert recorded_version() == 3
    assert [method for method, *_ in service.asked] == ["GetDataset", "DownloadDataset", "GetDataset"]


def test_a_latest_version_that_was_pinned_before_is_not_fetched_again(service, params, fetched, recorded_version):
    fetched(params(version=3))
    assert recorded_version() == 3
    assert [method for method, *_ in service.asked] == ["DownloadDataset", "GetDataset"]


def test_an_unknown_version_is_recorded_as_null(service, capsys, cached, recorded_version):
    service.latest = None
    assert recorded_version() is None
    assert (
        "does not give the number of the latest version of landlord/handwriting-recognition: source.json says null"
        in (capsys.readouterr().out)
    )
    assert "datasetVersionNumber" not in service.asked[1][1]
    assert cached() == ["handwriting-recognition-latest.zip"]
    service.latest = 4
    assert recorded_version() is None
    assert len(service.asked) == 2  # nothing by the second run


def test_transient_errors_when_asked_for_the_version_are_tried_again(service, params, pauses, open_params):
    service.latest_fails(503)
    service.latest_fails(429, {"Retry-After": "7"})
    service.latest_fails(silent=True)
    assert open_params(params(version=None, timeout_seconds=0.3)).describe()["version"] == 3
    assert pauses == [1.0, 7.0, 4.0]


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, "no such data set or version"), (418, "does not serve the data set now")],
)
def test_refusals_when_asked_for_the_version_end_at_once(service, params, pauses, status, message, cached, open_params):
    service.latest_fails(status)
    with pytest.raises(InkpipeError, match=message) as caught:
        open_params(params(version=None))
    assert "landlord/handwriting-recognition, version latest" in str(caught.value)
    assert pauses == []
    assert cached() == []


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_ask_for_the_version_may_still_download(service, params, pauses, status, cached, open_params):
    service.latest_fails(status)
    assert open_params(params(version=None)).describe()["version"] is None
    assert pauses == []
    assert cached() == ["handwriting-recognition-latest.zip"]


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_page_instead_of_the_version(service, params, pauses, kind, cached, open_params):
    service.latest_fails(200, {"Content-Type": kind}, b"<html>log in</html>")
    with pytest.raises(
        InkpipeError, match=r"answer about landlord/handwriting-recognition cannot be read: a login page"
    ):
        open_params(params(version=None))
    assert pauses == []
    assert cached() == []


def test_the_digest_of_a_latest_version_is_checked_without_network(service, params, open_params):
    for _ in range(2):
        with pytest.raises(InkpipeError, match=r"handwriting-recognition \(v3\) is not the pinned one"):
            open_params(params(version=None, sha256="0" * 64))
    assert len(service.asked) == 2


def test_a_page_instead_of_an_archive(service, params, fetched, cached):
    service.storage_fails(200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>log in</html>")
    with pytest.raises(InkpipeError, match=r"a page instead of an archive.*Received: text/html.*localhost") as caught:
        fetched(params())
    assert "secret" not in str(caught.value)
    assert cached() == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: b"<html>log in</html>", "begins with b'<html>log in"),
        (lambda content: content[:-100], "not a whole zip"),
        (lambda content: content.replace(content[300_000:300_010], b"0123456789"), "corrupt entry 'train_v2"),
    ],
    ids=["page", "cut short at the source", "flipped bytes"],
)
def test_what_is_no_whole_archive_is_deleted(service, params, spoil, message, fetched, cached):
    service.content, good = spoil(service.content), service.content
    with pytest.raises(InkpipeError, match=r"is unusable and deleted") as caught:
        fetched(params())
    assert message in str(caught.value)
    assert cached() == []
    service.content = good
    assert fetched(params()) == good


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-100],
        lambda content: b"",
        lambda content: content.replace(b"TRAIN_1.jpg", b"\0RAIN_1.jpg"),
        lambda content: content[:58] + b"other bytes" + content[69:],
    ],
    ids=["truncated", "empty", "altered directory", "altered labels"],
)
def test_an_archive_that_was_damaged_in_the_cache_is_fetched_again(
    service, params, cache, spoil, capsys, fetched, open_params
):
    fetched(params())
    archive = cache / "landlord/handwriting-recognition-v3.zip"
    archive.write_bytes(spoil(service.content))
    assert open_params(params()).count("train") == 7
    assert "in the cache was damaged since and is fetched again. The archive " in capsys.readouterr().out
    assert archive.read_bytes() == service.content
    assert len(service.served) == 2


def test_an_image_that_was_damaged_in_the_cache_has_the_next_run_fetch_again(
    service, params, cache, fetched, cached, download
):
    fetched(params())
    archive = cache / "landlord/handwriting-recognition-v3.zip"
    archive.write_bytes(service.content.replace(service.content[300_000:300_010], b"0123456789"))
    with pytest.raises(InkpipeError, match=r"damaged since. It is deleted: run again.* corrupt entry 'train_v2"):
        download(params())
    assert cached() == []
    assert download(params()).rows["train"] == 7


def test_a_large_file_that_is_no_image_does_no_harm(service, params, as_zip, monkeypatch, open_params):
    monkeypatch.setattr(entries, "MAX_FILE_BYTES", 1000)
    files = {"labels.csv": b"filename,label\n1.jpg,A\n", "1.jpg": b"1", "model.h5": random.Random(0).randbytes(2000)}
    service.content = as_zip(files, "with_model.zip").read_bytes()
    source = open_params(params())
    assert source.describe()["skipped"] == {
        "other file without label": {"count": 1, "first": [{"filename": "model.h5"}]}
    }


def test_another_archive_than_the_pinned_one_is_not_used(service, params, tmp_path, fetched, download):
    pinned = hashlib.sha256(service.content).hexdigest()
    assert fetched(params(sha256=pinned)) == service.content
    with pytest.raises(InkpipeError, match=f"its sha256 is {pinned}. Received: data.kaggle.sha256 = {'0' * 64}"):
        download(params(sha256="0" * 64))
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            3,
            r"landlord/handwriting-recognition cannot be locked\. .*cache/landlord.* or set runtime.kaggle_cache",
        ),
        (
            None,
            r"landlord/handwriting-recognition-latest\.json cannot be written\. .* or set runtime.kaggle_cache",
        ),
    ],
)
def test_a_cache_that_cannot_be_made_is_named(service, params, cache, version, message, open_params):
    cache.write_text("a file")
    with pytest.raises(InkpipeError, match=message):
        open_params(params(version=version))


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": "no-owner"},
        {"dataset": "../x/y"},
        {"dataset": "../.."},
        {"dataset": "owner/.."},
        {"sha256": "abc"},
        {"version": 0},
    ],
)
def test_ill_formed_params_are_named(params, values):
    (name,) = values
    with pytest.raises(InkpipeError, match=f"data.kaggle.{name}"):
        params(**values)


def test_a_timeout_of_nothing_is_named(params):
    with pytest.raises(InkpipeError, match="runtime.kaggle_timeout_seconds"):
        params(timeout_seconds=0.0)
