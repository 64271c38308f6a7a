import cv2
import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.model.artifacts import load_model
from inkpipe.model.prediction import Prediction
from inkpipe.serving import Recognizer, recognizer

pytest_plugins = ["tests.tiny"]


@pytest.fixture(scope="module")
def tiny(tiny_model):
    return Recognizer.load(tiny_model)


def test_its_predictions_are_those_of_the_model_for_prepared_images(tiny, tiny_model, draw, jpeg):
    images = [jpeg(draw(text)) for text in ("A", "BB", "CAB")]
    loaded = load_model(tiny_model)
    prepared = np.stack([prepare(decode(image), loaded.preprocess) for image in images])
    expected = loaded.model.recognize(prepared)
    predictions = list(tiny.recognize(images))
    assert [each.text for each in predictions] == [each.text for each in expected]
    assert [each.confidence for each in predictions] == pytest.approx([each.confidence for each in expected])
    assert all(isinstance(each, Prediction) and 0 <= each.confidence <= 1 for each in predictions)


def test_its_vocabulary_is_that_of_the_model(tiny):
    assert tiny.vocabulary.characters == ("A", "B", "C")


def test_images_stream_through_in_bounded_batches(tiny, draw, jpeg, monkeypatch):
    monkeypatch.setattr(recognizer, "BATCH", 2)
    taken = []

    def stream():
        for number in range(5):
            taken.append(number)
            yield jpeg(draw("AB"))

    predictions = tiny.recognize(stream())
    next(predictions)
    assert taken == [0, 1]
    assert len(list(predictions)) == 4


def test_an_unreadable_image_stops_plain_recognition_and_is_named(tiny, draw, jpeg):
    with pytest.raises(UnreadableImage, match=r"Image 2: Not an image\. Received: 5 bytes"):
        list(tiny.recognize([jpeg(draw("A")), b"hello", jpeg(draw("A"))]))


def test_recognizing_each_keeps_the_order_and_recognizes_the_readable_ones(tiny, draw, jpeg):
    good = jpeg(draw("CAB"))
    images = [("none", UnreadableImage("No such file.")), ("one", good), ("cut", good[:60]), ("two", good)]
    results = list(tiny.recognize_each(images))
    assert [key for key, _ in results] == ["none", "one", "cut", "two"]
    assert [isinstance(result, Prediction) for _, result in results] == [False, True, False, True]
    assert results[1][1] == results[3][1]
    assert str(results[0][1]) == "No such file."
    assert "damaged" in str(results[2][1])


def test_no_image_and_unreadable_images_alone_give_no_prediction(tiny):
    assert list(tiny.recognize([])) == []
    results = tiny.recognize_each([("x", b"")])
    assert [key for key, result in results if isinstance(result, UnreadableImage)] == ["x"]


def test_a_folder_that_is_no_model_is_one_error(tmp_path):
    with pytest.raises(InkpipeError, match=r"is not a model: it lacks architecture\.json"):
        Recognizer.load(tmp_path)


def test_an_image_that_cannot_be_prepared_costs_no_other_its_prediction(tiny, draw, jpeg, monkeypatch):
    def fragile(picture, params):
        if picture.shape == (20, 30):
            cv2.resize(picture, (0, 0))  # as OpenCV fails
        return prepare(picture, params)

    monkeypatch.setattr(recognizer, "prepare", fragile)
    bad = jpeg(draw("A", 20, 30))
    results = dict(tiny.recognize_each([("a", jpeg(draw("A"))), ("bad", bad), ("b", jpeg(draw("B")))]))
    assert [isinstance(result, Prediction) for result in results.values()] == [True, False, True]
    assert str(results["bad"]).startswith("The image cannot be prepared. Received: 30 x 20 pixels, OpenCV")


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 3)])
def test_images_of_extreme_sizes_are_recognized(tiny, jpeg, size):
    ((_, result),) = tiny.recognize_each([("x", jpeg(np.zeros(size, np.uint8)))])
    assert isinstance(result, Prediction)
