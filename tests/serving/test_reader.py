import pytest

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.model.artifacts import load_reader
from inkpipe.serving import Read, Reader, reader

pytest_plugins = ["tests.tiny"]


@pytest.fixture(scope="module")
def tiny(tiny_reader):
    return Reader.load(tiny_reader)


def test_it_reads_as_the_model_reads_prepared_images(tiny, tiny_reader, draw, jpeg):
    import numpy as np

    images = [jpeg(draw(text)) for text in ("A", "BB", "CAB")]
    parts = load_reader(tiny_reader)
    prepared = np.stack([prepare(decode(image), parts.preprocess) for image in images])
    expected = parts.model.read(prepared)
    found = list(tiny.read(images))
    assert [read.text for read in found] == [text for text, _ in expected]
    assert [read.confidence for read in found] == pytest.approx([confidence for _, confidence in expected])
    assert all(isinstance(read, Read) and 0 <= read.confidence <= 1 for read in found)


def test_images_stream_through_in_bounded_batches(tiny, draw, jpeg, monkeypatch):
    monkeypatch.setattr(reader, "BATCH", 2)
    taken = []

    def stream():
        for number in range(5):
            taken.append(number)
            yield jpeg(draw("AB"))

    reads = tiny.read(stream())
    next(reads)
    assert taken == [0, 1]
    assert len(list(reads)) == 4


def test_a_bad_image_stops_a_plain_reading_and_is_named(tiny, draw, jpeg):
    with pytest.raises(UnreadableImage, match=r"Image 2: Not an image\. Received: 5 bytes"):
        list(tiny.read([jpeg(draw("A")), b"hello", jpeg(draw("A"))]))


def test_reading_each_keeps_the_order_and_reads_the_good_ones(tiny, draw, jpeg):
    good = jpeg(draw("CAB"))
    given = [("none", UnreadableImage("No such file.")), ("one", good), ("cut", good[:60]), ("two", good)]
    found = list(tiny.read_each(given))
    assert [key for key, _ in found] == ["none", "one", "cut", "two"]
    assert [isinstance(result, Read) for _, result in found] == [False, True, False, True]
    assert found[1][1] == found[3][1]
    assert str(found[0][1]) == "No such file."
    assert "damaged" in str(found[2][1])


def test_nothing_is_read_from_nothing_or_from_bad_images_alone(tiny):
    assert list(tiny.read([])) == []
    assert [key for key, found in tiny.read_each([("x", b"")]) if isinstance(found, UnreadableImage)] == ["x"]


def test_a_folder_that_is_no_reader_is_one_error(tmp_path):
    with pytest.raises(InkpipeError, match=r"is not a reader: it lacks architecture\.json"):
        Reader.load(tmp_path)
