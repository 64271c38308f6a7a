import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.imaging import UnreadableImage, decode_reduced
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.rules.images import DEFAULT_PICTURE_RULES
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row, transcribe

ALTERNATIVES = (Alternative("AB", 0.71234567, -0.5), Alternative("A", 0.2, -1.75))
PREDICTION = Prediction("AB", 0.71234567, (0.9, 0.81234567), ALTERNATIVES)


class FakeRecognizer:
    """Recognizes the same text in every image, and cannot read `bad`."""

    def recognize_each(self, images):
        for key, image in images:
            if image == b"bad":
                yield key, UnreadableImage("Not an image.")
            else:
                yield key, image if isinstance(image, UnreadableImage) else PREDICTION


def rows(*images, alternatives=False):
    files = [ImageFile(name, lambda content=content: content) for name, content in images]
    return list(transcribe(FakeRecognizer(), files, DEFAULT_PICTURE_RULES, alternatives))


def test_each_image_has_a_row_in_its_place_also_those_that_cannot_be_read():
    missing = UnreadableImage("No such file.")
    assert rows(("a.jpg", b"image"), ("gone.jpg", missing), ("bad.jpg", b"bad")) == [
        Row("a.jpg", "AB", 0.712346, (0.9, 0.812346), per_character=0.85505),
        Row("gone.jpg", error="No such file."),
        Row("bad.jpg", error="Not an image."),
    ]


def test_alternatives_are_there_if_they_are_asked_for():
    (row,) = rows(("a.jpg", b"image"), alternatives=True)
    assert row.alternatives == (Alternative("AB", 0.712346, -0.5), Alternative("A", 0.2, -1.75))


def test_an_image_that_the_contract_would_quarantine_has_a_warning(draw, jpeg):
    plain, negative = rows(("plain", jpeg(draw("CAB"))), ("negative", jpeg(255 - draw("CAB"))))
    assert plain.warnings == ()
    assert negative.text == "AB"
    (warning,) = negative.warnings
    assert warning.startswith("ink_fraction: 0.9")
    assert "Give dark writing on a light background" in warning


def test_only_an_image_that_the_recognizer_could_read_is_decoded_in_this_process(monkeypatch, draw, jpeg):
    decoded, good = [], jpeg(draw("CAB"))
    spy = lambda data: decoded.append(data) or decode_reduced(data)  # noqa: E731
    monkeypatch.setattr("inkpipe.contract.single_image.decode_reduced", spy)
    assert [row.error for row in rows(("a", good), ("bad", b"bad"))] == [None, "Not an image."]
    assert decoded == [good]


def test_a_name_that_is_not_utf_8_is_written_so_that_it_can_be_decoded():
    (row,) = rows((os.fsdecode(b"caf\xe9.jpg"), b"image"))
    assert row.image == r"caf\xe9.jpg"


def test_the_json_of_a_row_leaves_out_what_is_empty():
    assert Row("a", "", 0.5).to_json() == {"image": "a", "text": "", "confidence": 0.5}
    assert Row("a", error="Why.").to_json() == {"image": "a", "text": "", "confidence": None, "error": "Why."}


numbers = st.floats(0, 1)
texts = st.text(max_size=3)


@settings(max_examples=50, deadline=None)
@given(
    st.builds(
        Row,
        texts,
        texts,
        st.none() | numbers,
        st.lists(numbers, max_size=2).map(tuple),
        st.lists(st.builds(Alternative, texts, numbers, numbers), max_size=2).map(tuple),
        st.lists(texts, max_size=2).map(tuple),
        st.none() | texts.filter(bool),
        st.none() | numbers,
    )
)
def test_every_row_comes_back_from_its_json(row):
    assert Row.from_json(json.loads(json.dumps(row.to_json()))) == row


def test_what_is_no_row_is_refused():
    with pytest.raises(TypeError):
        Row.from_json({"picture": "a"})
