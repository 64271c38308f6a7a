import base64
import io

import numpy as np
import pytest
from PIL import Image

from inkpipe.imaging import decode, prepare
from inkpipe.server.request_limits import Limits
from inkpipe.server.schema import Answer


def encode(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def forms(gray):
    """The same picture in all forms."""
    image = Image.fromarray(gray)
    turned = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    alpha = Image.merge("RGBA", (*image.convert("RGB").split(), Image.new("L", image.size, 255)))
    deep = Image.fromarray(gray.astype(np.uint16) * 257)
    return {
        "gray.png": encode(image, "PNG"),
        "color.png": encode(image.convert("RGB"), "PNG"),
        "alpha.png": encode(alpha, "PNG"),
        "deep.png": encode(deep, "PNG"),
        "deep.tif": encode(deep, "TIFF"),
        "packed.tif": encode(image, "TIFF", compression="tiff_lzw"),
        "lossless.webp": encode(image.convert("RGB"), "WEBP", lossless=True),
        "gray.bmp": encode(image, "BMP"),
        "gray.gif": encode(image, "GIF"),
        "gray.pgm": encode(image, "PPM"),
        "lossless.jp2": encode(image, "JPEG2000"),
        "turned.png": encode(turned, "PNG", exif=exif),
        "gray.jpg": encode(image, "JPEG", quality=95),
    }


@pytest.fixture
def upload(client):
    """Upload images by name: `upload({name: content}, query) -> (status, content)`."""

    def send(images, query="", **options):
        files = [("image", (name, content)) for name, content in images.items()]
        answer = client.post(f"/recognize{query}", files=files, **options)
        return answer.status_code, answer.json()

    return send


def test_all_forms_of_a_picture_are_recognized_as_the_recognizer_does(upload, draw, recognizer):
    images = forms(draw("CAB"))
    status, content = upload(images)
    assert status == 200
    assert content["model"] == {"version": "tiny version 1", "digest": recognizer.digest}
    expected = list(recognizer.recognize(images.values()))
    assert [item["image"] for item in content["items"]] == list(images)
    for item, each in zip(content["items"], expected, strict=True):
        assert item["text"] == each.text
        assert item["confidence"] == pytest.approx(each.confidence, abs=1e-5)
        assert item.get("characters", []) == pytest.approx(each.characters, abs=1e-5)
        assert "alternatives" not in item
    plain = {item["text"] for name, item in zip(images, content["items"], strict=True) if name != "gray.jpg"}
    assert plain == {expected[0].text}


def test_json_is_answered_as_an_upload_is(client, upload, draw, jpeg):
    images = {"image 1": jpeg(draw("A")), "image 2": jpeg(draw("CAB"))}
    texts = [base64.b64encode(content).decode() for content in images.values()]
    answer = client.post("/recognize?top=3&line=1", json={"images": texts})
    assert (answer.status_code, answer.json()) == upload(images, "?top=3&line=true")


def test_the_answer_has_the_shape_that_openapi_tells(upload, draw, jpeg):
    images = {"a.jpg": jpeg(draw("A")), "bad.jpg": b"bad", "blank.jpg": jpeg(draw(""))}
    _, content = upload(images, "?top=4&line=true")
    answer = Answer.model_validate(content)
    assert [len(item.alternatives) for item in answer.items] == [4, 0, 4]
    assert [item.text for item in answer.items] == [
        item.alternatives[0].text if item.alternatives else "" for item in answer.items
    ]


def test_the_line_is_what_the_network_sees(upload, draw, jpeg, recognizer):
    image = jpeg(draw("CAB"))
    _, content = upload({"a.jpg": image}, "?line=true")
    line = decode(base64.b64decode(content["items"][0]["line"]))
    np.testing.assert_array_equal(line, prepare(decode(image), recognizer.preprocess))


def test_a_bad_image_is_an_error_of_its_own(client, upload, draw, jpeg):
    good = jpeg(draw("A"))
    _, content = upload({"a.jpg": good, "cut.jpg": good[:100], "b.jpg": good, "<b>.png": b"none"})
    a, cut, b, none = content["items"]
    assert cut == {"image": "cut.jpg", "text": "", "confidence": None, "error": cut["error"]}
    assert cut["error"].startswith("The image is damaged. Received: 100 bytes")
    assert none["error"].startswith("Not an image. Received: 4 bytes that start b'none'.")
    assert a["text"] == b["text"]
    assert "error" not in a | b
    answer = client.post("/recognize", json={"images": [7, "%%%", None, base64.b64encode(good).decode()]})
    errors = [item.get("error", "").partition(". ")[0] for item in answer.json()["items"]]
    assert errors == ["Not base64 text", "Not base64 text", "Not base64 text", ""]


def test_blank_and_tiny_images_are_answered_with_a_warning(upload):
    white = Image.new("L", (256, 32), 255)
    images = {
        "white.png": encode(white, "PNG"),
        "black.png": encode(Image.new("L", (256, 32), 0), "PNG"),
        "clear.png": encode(Image.new("RGBA", (256, 32), (0, 0, 0, 0)), "PNG"),
        "pixel.png": encode(Image.new("L", (1, 1), 0), "PNG"),
    }
    _, content = upload(images)
    rules = [item["warnings"][0].partition(":")[0] for item in content["items"]]
    assert rules == ["ink_fraction", "ink_fraction", "ink_fraction", "image_size"]


def test_the_pixels_of_an_image_are_limited_by_its_header(make_client, wait_until, draw):
    image = encode(Image.fromarray(draw("A")), "PNG")
    with make_client(limits=Limits(max_pixels=256 * 32 - 1)) as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        (item,) = client.post("/recognize", files={"image": image}).json()["items"]
    assert item["error"] == "The image is too large. Received: 256 x 32 pixels. Send at most 8,191 pixels."


@pytest.mark.parametrize("query", ["top=0", "top=11", "top=x", "top=-1", "top=\u0663", "top=99999999", "line=yes"])
def test_a_bad_parameter_is_one_message(upload, draw, jpeg, query):
    status, content = upload({"a.jpg": jpeg(draw("A"))}, f"?{query}")
    assert status == 422
    assert content.keys() == {"error"}
    assert content["error"].startswith(f"`{query.partition('=')[0]}` is ")


def test_a_parameter_of_another_name_is_refused(upload, draw, jpeg):
    status, content = upload({"a.jpg": jpeg(draw("A"))}, "?top=2&lines=true")
    assert (status, content) == (422, {"error": "The parameters are `top` and `line`. Received: 'lines'."})


def test_a_recognizer_that_fails_is_one_message_without_its_reason(make_client, wait_until, found, draw, jpeg):
    from contextlib import contextmanager

    from inkpipe.errors import InkpipeError

    class Failing:
        digest = "0"
        calls = 0

        def recognize_each(self, images):
            self.calls += 1
            if self.calls > 1:
                raise InkpipeError("It has ended. Received: /secret/path")
            yield from ((key, ()) for key, _ in images)

    @contextmanager
    def opened():
        yield Failing()

    with make_client(find=lambda: found._replace(open=opened)) as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        answer = client.post("/recognize", files={"image": jpeg(draw("A"))})
        assert (answer.status_code, answer.json()) == (
            503,
            {"error": "The recognizer failed; the server's log says why. Try again."},
        )
        assert client.get("/healthz").status_code == 200
