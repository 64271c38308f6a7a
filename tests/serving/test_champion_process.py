import io
import json

import pandas as pd

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


def test_each_batch_is_answered_by_a_line():
    answers = io.StringIO()
    champion_process.answer_batches(FakeModel(), io.BytesIO(b"[1, 3]\nAbad[]\n[2]\nBC"), answers)
    assert [json.loads(line) for line in answers.getvalue().splitlines()] == [
        [["A", 0.5], "Not an image."],
        [],
        [["BC", 0.5]],
    ]
