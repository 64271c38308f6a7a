import io
import json
import struct

import pandas as pd
import pytest

from inkpipe.imaging import decode
from inkpipe.serving import champion_process


class FakeModel:
    """Recognizes the bytes of an image as its text. Like MLflow's, it refuses a batch with an unreadable image."""

    def __init__(self):
        self.batches = []

    def predict(self, table):
        from mlflow.exceptions import MlflowException

        images = list(table["image"])
        self.batches.append(len(images))
        for number, image in enumerate(images, start=1):
            if image == b"bad":
                raise MlflowException.invalid_parameter_value(f"Image {number}: Not an image.")
        return pd.DataFrame({"text": [image.decode() for image in images], "confidence": [0.5] * len(images)})


def test_a_batch_is_recognized_at_once():
    model = FakeModel()
    assert champion_process.recognize(model, [b"A", b"B"]) == [("A", 0.5), ("B", 0.5)]
    assert model.batches == [2]


def test_an_unreadable_image_costs_no_other_its_prediction():
    results = champion_process.recognize(FakeModel(), [b"A", b"bad", b"B"])
    assert results == [("A", 0.5), "Not an image.", ("B", 0.5)]


def test_a_model_that_tells_errors_by_row_is_asked_once():
    class Model(FakeModel):
        def predict(self, table):
            self.batches.append(len(table))
            bad = [image == b"bad" for image in table["image"]]
            texts = ["" if each else image.decode() for each, image in zip(bad, table["image"], strict=True)]
            errors = ["Not an image." if each else None for each in bad]
            return pd.DataFrame({"text": texts, "confidence": [0.5] * len(bad), "error": errors})

    model = Model()
    assert champion_process.recognize(model, [b"A", b"bad", b"B"]) == [("A", 0.5), "Not an image.", ("B", 0.5)]
    assert champion_process.recognize(model, [b"A"]) == [("A", 0.5)]
    assert model.batches == [3, 1]


def test_each_batch_is_answered_by_a_line():
    answers = io.StringIO()
    champion_process.answer_batches(FakeModel(), io.BytesIO(b"[1, 3]\nAbad[]\n[2]\nBC"), answers)
    assert [json.loads(line) for line in answers.getvalue().splitlines()] == [
        [["A", 0.5], "Not an image."],
        [],
        [["BC", 0.5]],
    ]


class FragileModel(FakeModel):
    """Fails on some images as registered code may: with an exception that MLflow does not know."""

    def predict(self, table):
        for image in table["image"]:
            if image == b"worse":
                raise struct.error("unpack requires 4 bytes\nat offset 7")
            if image.startswith(b"P5"):
                return pd.DataFrame({"text": [""], "confidence": [1.0]})
        return super().predict(table)


def test_an_image_on_which_the_registered_code_fails_costs_no_other_its_prediction():
    results = champion_process.recognize(FragileModel(), [b"A", b"worse", b"bad", b"B"])
    assert [results[0], results[2], results[3]] == [("A", 0.5), "Not an image.", ("B", 0.5)]
    assert results[1].startswith(
        "The registered model cannot read the image. Received: error: unpack requires 4 bytes at"
    )
    assert len(champion_process.recognize(FragileModel(), [b"worse"])) == 1


def test_code_that_fails_on_every_image_ends_the_process():
    class Broken:
        def predict(self, table):
            raise ModuleNotFoundError("No module named 'keras'")

    for images in ([b"A"], [b"A", b"B"]):
        with pytest.raises(ModuleNotFoundError, match="keras"):
            champion_process.recognize(Broken(), images)


def test_the_blank_image_decodes():
    assert decode(champion_process.BLANK).min() == 255
