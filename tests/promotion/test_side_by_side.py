from contextlib import contextmanager
from dataclasses import replace

import pytest

from inkpipe.data.corpus import Sample
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.paired_bootstrap import Resampling
from inkpipe.promotion.side_by_side import Rates, compare_versions
from inkpipe.tracking.model_version import ModelVersion

RESAMPLING = Resampling(0.95, 200, 1)
SAMPLES = [Sample(f"{i}.png", "ab" if i < 40 else "CD", bytes([i])) for i in range(80)]
ONE, TWO = (ModelVersion("m", number, "r", "models:/x") for number in (1, 2))


class Fake:
    vocabulary = Vocabulary(tuple("ABCD"))

    def __init__(self, read):
        self.read = read

    def recognize_each(self, images):
        return ((key, Prediction(self.read(image[0]), 0.5)) for key, image in images)


@contextmanager
def open_recognizer(version):
    """Version 1 reads AB always; version 2 reads all but one of the second half right."""
    yield Fake((lambda _: "AB") if version == ONE else (lambda i: "AB" if i < 40 else "C" if i == 79 else "CD"))


def test_two_versions_are_compared_on_the_same_images():
    facts = {"half": ["first"] * 40 + ["second"] * 40}
    result = compare_versions(ONE, TWO, SAMPLES, facts, open_recognizer, RESAMPLING)
    assert (result.images, result.better, result.worse) == (80, 40, 0)
    assert (result.a, result.b) == (Rates(0.5, 0.5), Rates(0.00625, 0.9875))
    assert result.improvement.value == 0.49375
    assert 0.39 < result.improvement.low < result.improvement.value < result.improvement.high < 0.6
    first = next(each for each in result.slices if each.fact == "half")
    assert (first.slice, first.images, first.a_cer, first.b_cer) == ("first", 40, 0.0, 0.0)


def test_the_other_way_round_it_is_as_much_worse():
    result = compare_versions(TWO, ONE, SAMPLES, {}, open_recognizer, RESAMPLING)
    assert result.improvement.value == -0.49375
    assert (result.better, result.worse) == (0, 40)


def test_labels_that_no_text_can_be_compared_with_are_left_out_and_counted():
    facts = {"half": ["first"] * 40 + ["second"] * 40}
    samples = [*SAMPLES, Sample("80.png", " ", b"a"), Sample("81.png", " Unreadable ", b"b")]
    more = {name: [*values, "first", "second"] for name, values in facts.items()}
    result = compare_versions(ONE, TWO, samples, more, open_recognizer, RESAMPLING, ["UNREADABLE"])
    expected = compare_versions(ONE, TWO, SAMPLES, facts, open_recognizer, RESAMPLING)
    assert (result.left_out, expected.left_out) == (2, 0)
    assert replace(result, left_out=0) == expected


def test_images_without_labels_cannot_be_compared_on():
    with pytest.raises(InkpipeError, match="nothing to compare on"):
        compare_versions(ONE, TWO, [Sample("a", "", b"a")], {}, open_recognizer, RESAMPLING)
