import base64
import json
import warnings

import numpy as np
import pandas as pd
import pytest

from inkpipe.model.artifacts import model_digest
from inkpipe.serving import Recognizer
from inkpipe.tracking.packages import SERVED_FILE, signature

pytest_plugins = ["tests.tiny"]


@pytest.fixture(scope="module")
def served(tiny_model, tmp_path_factory):
    """The model as MLflow loads it to serve it."""
    import mlflow

    folder = tmp_path_factory.mktemp("served") / "model"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there is no input example
        mlflow.pyfunc.save_model(
            folder,
            python_model=str(SERVED_FILE),
            artifacts={"model": str(tiny_model)},
            signature=signature(),
            pip_requirements=["mlflow"],
        )
    return mlflow.pyfunc.load_model(str(folder))


@pytest.fixture
def post(served):
    """Ask as the scoring server does: `post(*images, **params) -> its answer`."""
    from mlflow.pyfunc import scoring_server

    def ask(*images, **params):
        table = {"columns": ["image"], "data": [[image] for image in images]}
        body = json.dumps({"dataframe_split": table, "params": params})
        return scoring_server.invocations(body, "application/json", served, served.metadata.get_input_schema())

    return ask


def base64_text(image):
    return base64.encodebytes(image).decode()  # with line ends, as the command `base64` writes it


def test_images_are_base64_text_bytes_or_pixels(served, tiny_model, draw, jpeg):
    gray = draw("CAB")
    image = jpeg(gray)
    (expected,) = Recognizer.load(tiny_model).recognize([image])
    answer = served.predict(pd.DataFrame({"image": [base64_text(image), image, gray, np.stack([gray] * 3, axis=-1)]}))
    assert list(answer.columns) == ["text", "confidence", "error", "model"]
    assert answer["error"].isna().all()
    assert answer["text"].tolist()[:2] == [expected.text] * 2
    assert answer["confidence"].tolist()[:2] == pytest.approx([expected.confidence] * 2)
    assert answer["text"][2] == answer["text"][3]
    assert answer["confidence"].dtype == np.float64


def test_over_http_each_row_is_answered_with_text_and_confidence(post, served, draw, jpeg):
    image = jpeg(draw("CAB"))
    answer = post(base64_text(image), base64_text(image))
    (expected,) = served.predict(pd.DataFrame({"image": [image]})).to_dict("records")
    assert answer.status == 200
    first, second = json.loads(answer.response)["predictions"]
    assert first == second
    assert first == {**expected, "error": None, "confidence": pytest.approx(expected["confidence"])}
    assert json.loads(post().response) == {"predictions": []}


def test_the_likeliest_texts_and_the_model_are_told(post, tiny_model, draw, jpeg):
    from mlflow.exceptions import MlflowException

    image = jpeg(draw("CAB"))
    (expected,) = Recognizer.load(tiny_model).recognize([image])
    (row,) = json.loads(post(base64_text(image), top=3).response)["predictions"]
    assert row["model"] == model_digest(tiny_model)
    assert [each["text"] for each in row["alternatives"]] == [each.text for each in expected.alternatives[:3]]
    assert row["alternatives"][0]["text"] == row["text"]
    with pytest.raises(MlflowException, match=r"`top` is a number of texts\. Received: 0\.") as refused:
        post(base64_text(image), top=0)
    assert refused.value.get_http_status_code() == 400


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("%%%", "Not base64 text"),
        ("\N{LATIN CAPITAL LETTER U WITH DIAERESIS}", "Not base64 text"),
        (base64_text(b"hello"), "Not an image. Received: 5 bytes"),
        ("", "The image is empty"),
        (None, "Not an image. Received: null"),
    ],
)
def test_an_unreadable_image_is_an_error_of_its_row_alone(post, draw, jpeg, bad, reason):
    good = base64_text(jpeg(draw("A")))
    answer = post(good, bad, good, top=2)
    assert answer.status == 200
    first, second, third = json.loads(answer.response)["predictions"]
    assert first == third
    assert first["error"] is None
    assert second.pop("error").startswith(reason)
    assert second == {"text": "", "confidence": 0.0, "model": first["model"], "alternatives": []}


@pytest.mark.parametrize("pixels", [np.zeros((2, 2)), np.zeros((0, 5), np.uint8), np.zeros((2, 2, 4), np.uint8)])
def test_pixels_of_another_kind_are_refused(served, pixels):
    answer = served.predict(pd.DataFrame({"image": [pixels]}))
    assert f"Received: {pixels.dtype} ({pixels.shape[0]}, {pixels.shape[1]}" in answer["error"][0]


@pytest.mark.parametrize(
    ("value", "received"), [([1, 2], "list"), ({"a": 1}, "dict"), (7, "int"), (float("nan"), "null")]
)
def test_values_of_another_type_are_refused_with_the_reason(value, received):
    from inkpipe.serving.mlflow_model import _image

    assert f"Received: {received}." in str(_image(value))
