import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import score
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.evaluation.slices import (
    SliceRow,
    slice_positions,
    slice_rows,
    slice_scores,
    slices_by_confidence,
    slices_to_json,
)
from inkpipe.model.prediction import Prediction

VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(allow_infinity=False, min_value=-1e9, max_value=1e9)), min_size=1),
    st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=1),
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c", ""])), min_size=1),
)


def right(count):
    return [score_prediction("x.jpg", "ABC", Prediction("ABC", 0.5))] * count


def named(values, fact="width"):
    """The names and sizes of the slices by one fact."""
    return {each.name: each.scores.n for each in slice_scores(right(len(values)), {fact: values}, 2, 1).get(fact, [])}


def test_labels_are_sliced_by_length_into_bands_of_about_as_many(score_pair):
    predictions = [score_pair("A" * (1 + i % 9), "A") for i in range(90)]
    slices = slice_scores(predictions, {}, 10, 1)
    assert [(each.name, each.scores.n) for each in slices["label length"]] == [
        ("up to 2 characters", 20), ("3 to 4 characters", 20), ("5 to 6 characters", 20), ("7 characters and more", 30),
    ]  # fmt: skip
    assert slices["label length"][1].scores == score(["AAA"] * 10 + ["AAAA"] * 10, ["A"] * 20, 10, 1)


def test_edges_are_round_numbers():
    assert named([283 + i * 0.1 for i in range(1000)]) == {
        "below 308 px": 250, "308 to below 332 px": 240, "332 to below 358 px": 260, "358 px and more": 250,
    }  # fmt: skip
    assert named([i / 7000 for i in range(1000)], "ink") == {
        "below 0.035": 245, "0.035 to below 0.07": 245, "0.07 to below 0.105": 245, "0.105 and more": 265,
    }  # fmt: skip
    assert list(named([278 + i % 110 for i in range(440)])) == [
        "up to 303 px", "304 to 331 px", "332 to 359 px", "360 px and more",
    ]  # fmt: skip


def test_a_fact_that_is_the_same_everywhere_is_left_out():
    assert named([300] * 40) == {}
    assert named(["form"] * 40) == {}
    assert named([None] * 40) == {}


def test_a_band_of_few_images_joins_its_neighbor():
    assert named([255] * 97 + [10] * 3) == {}


def test_words_are_slices_of_their_own_the_most_frequent_first():
    assert named(["real"] * 30 + ["synthetic"] * 50 + [None] * 5, "origin") == {
        "synthetic": 50, "real": 30, "not given": 5,
    }  # fmt: skip


def test_rare_words_are_one_slice():
    words = [f"school {i % 15:02d}" for i in range(60)]
    assert named(words) == {**{f"school {i:02d}": 4 for i in range(9)}, "6 other values": 24}


def test_words_that_hardly_repeat_are_left_out():
    assert named([f"{i}.jpg" for i in range(40)]) == {}


def test_many_texts_that_are_numbers_make_bands():
    years = [str(1900 + i % 40) for i in range(80)]
    assert list(slice_positions(["A"] * 80, {"year": years})["year"]) == [
        "up to 1909", "1910 to 1919", "1920 to 1929", "1930 and more",
    ]  # fmt: skip
    few = slice_positions(["A"] * 80, {"volume": [str(i % 3) for i in range(80)]})["volume"]
    assert list(few) == ["0", "1", "2"]
    for other in ("inf", "nan", "x"):
        assert "32 other values" in slice_positions(["A"] * 160, {"year": [*years, *years[:79], other]})["year"]


def test_images_without_a_value_are_in_one_slice_with_a_word_of_that_name():
    parts = slice_positions(["A"] * 4, {"sex": ["not given", "f", "", "f"]})["sex"]
    assert parts == {"f": [1, 3], "not given": [0, 2]}


def test_slices_of_few_images_are_marked():
    parts = slice_scores(right(70), {"origin": ["a"] * 41 + ["b"] * 29}, 2, 1)["origin"]
    assert [each.few for each in parts] == [False, True]


@given(VALUES)
def test_each_image_is_in_one_slice_of_each_fact(values):
    sizes = named(values)
    assert not sizes or sum(sizes.values()) == len(values)


def test_a_fact_needs_a_value_for_each_image():
    with pytest.raises(InkpipeError, match="3 values of 'width' for 2 images"):
        slice_scores(right(2), {"width": [1, 2, 3]}, 2, 1)


def test_slices_as_rows_and_as_json(score_pair):
    predictions = [score_pair("AB", "AB"), score_pair("AB", "AC")]
    slices = slice_scores(predictions, {"origin": ["real", "synthetic"]}, 5, 1)
    assert slice_rows(slices) == [
        SliceRow("origin", "real", 1, 0.0, 0.0, 0.0, 1.0),
        SliceRow("origin", "synthetic", 1, 0.5, 0.5, 0.5, 0.0),
    ]
    assert slices_to_json(slices)["origin"]["synthetic"]["cer"] == 0.5


def test_slices_by_confidence_go_from_the_least_to_the_most_confident(predictions):
    slices = slices_by_confidence(predictions, 10, 1)
    assert [each.name for each in slices] == ["0.20 to 0.20", "0.55 to 0.55", "0.95 to 0.95", "0.99 to 0.99"]
    assert [each.scores["exact"].value for each in slices] == [0, 0, 0, 1]
    assert len(slices_by_confidence(predictions[:2], 10, 1)) == 2


def test_equal_confidences_are_in_one_slice(score_pair):
    slices = slices_by_confidence([score_pair("A", text, 0.8) for text in "AAAB"], 10, 1)
    assert [(each.name, each.scores.n) for each in slices] == [("0.80 to 0.80", 4)]
