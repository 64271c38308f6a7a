import pytest

from inkpipe.inspection.served_images import read_log
from inkpipe.server import sampling
from inkpipe.server.sampling import SampleLog
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row

SECRET = "secret.jpg"


def test_served_images_are_logged_without_content_name_or_text(make_client, wait_until, tmp_path, draw, jpeg):
    images = [jpeg(draw("ABC")), jpeg(draw("")), b"none"]
    with make_client(log=SampleLog(tmp_path / "log", 1.0, 10)) as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        answer = client.post("/recognize", files=[("image", (SECRET, content)) for content in images]).json()
        assert not (tmp_path / "log").exists()  # few rows are written later
    table = read_log(tmp_path / "log")
    assert table["model"].to_pylist() == ["tiny version 1"] * 3
    assert table["width"].to_pylist() == [256, 256, None]
    assert table["height"].to_pylist() == [32, 32, None]
    assert table["contrast"].to_pylist()[1:] == [0.0, None]
    assert table["length"].to_pylist() == [len(item["text"]) for item in answer["items"][:2]] + [None]
    assert table["confidence"].to_pylist() == [item["confidence"] for item in answer["items"]]
    assert table["violations"].to_pylist() == [0, 1, 0]
    (file,) = (tmp_path / "log").iterdir()
    assert SECRET.encode() not in file.read_bytes()


def test_what_could_not_be_recognized_is_not_decoded_for_the_log(log, tmp_path, draw, jpeg):
    image = ImageFile(SECRET, lambda: jpeg(draw("ABC")))
    written = log()
    written.add("v1", [image, image], [Row(SECRET, "ABC", 0.5), Row(SECRET, error="A process was ended.")])
    written.close()
    assert read_log(tmp_path / "log")["width"].to_pylist() == [256, None]


@pytest.fixture
def log(tmp_path):
    return lambda fraction=1.0, rows=10: SampleLog(tmp_path / "log", fraction, rows)


def added(log, count, monkeypatch):
    monkeypatch.setattr(sampling, "_measured", lambda now, model, *_: sampling.ServedImage(now, model, *[None] * 6, 0))
    for _ in range(count):
        log.add("v1", [None], [None])
    log.close()


def test_a_fraction_is_sampled(log, tmp_path, monkeypatch):
    draws = iter([0.05, 0.1, 0.5, 0.09, 0.99])
    monkeypatch.setattr(sampling.random, "random", lambda: next(draws))
    added(log(0.1), 5, monkeypatch)
    assert len(read_log(tmp_path / "log")) == 2


def test_the_log_does_not_grow_without_bound(log, tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "PART_ROWS", 5)
    added(log(rows=10), 48, monkeypatch)
    assert len(read_log(tmp_path / "log")) == 5 + 5 + 3  # 5 + 3 are fewer than 10


def test_old_rows_are_written_although_they_are_few(log, tmp_path, monkeypatch):
    own = log()
    monkeypatch.setattr(sampling, "MAX_AGE", sampling.timedelta(0))
    monkeypatch.setattr(sampling, "_measured", lambda now, model, *_: sampling.ServedImage(now, model, *[None] * 6, 0))
    own.add("v1", [None], [None])
    assert len(read_log(tmp_path / "log")) == 1


def test_a_log_that_cannot_be_written_costs_no_answer(log, tmp_path, monkeypatch, caplog):
    (tmp_path / "log").write_text("a file where the folder should be")
    added(log(), 3, monkeypatch)
    assert "3 rows of the log are lost." in caplog.text
