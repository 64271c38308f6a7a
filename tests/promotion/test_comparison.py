import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.comparison import Comparison, MeasuredModel, count_edits, measured

VOCABULARY = Vocabulary(tuple("ABC "))


def test_texts_of_every_model_are_normalized_as_the_labels_are():
    assert count_edits(["A B", "ABC", "C"], ["a  b ", "abc", "B"], VOCABULARY).tolist() == [0, 0, 1]


def test_the_same_predictions_of_candidate_and_champion_have_the_same_edits():
    predictions = [Prediction(" A  B", 0.5), Prediction("ABC\t", 0.25)]
    one, two = (measured(digest, ["A B", "AB"], predictions, VOCABULARY, None) for digest in "xy")
    assert one.edits.tolist() == two.edits.tolist() == [0, 1]
    assert one.confidences.tolist() == [0.5, 0.25]


def test_predictions_for_other_images_are_refused():
    with pytest.raises(InkpipeError, match=r"Received: 1 and 2 images\. Run `dvc repro evaluate`"):
        measured("x", ["A", "B"], [Prediction("A", 1.0)], VOCABULARY, None)


def test_images_are_sliced_by_label_length_by_each_fact_and_by_the_confidence_of_both_models(compare):
    comparison = compare([0] * 8, [0] * 8, facts={"origin": ["real"] * 4 + ["synthetic"] * 4})
    assert comparison.slices["origin"] == {"real": [0, 1, 2, 3], "synthetic": [4, 5, 6, 7]}
    assert list(comparison.slices["confidence of both models"].values()) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_slices_by_confidence_favor_neither_model():
    """The doubts of both count alike, whatever the scale of their confidences is."""

    def model(confidences):
        return MeasuredModel("d", np.zeros(4, int), np.array(confidences))

    sure, unsure = [0.99, 0.98, 0.97, 0.96], [0.1, 0.2, 0.3, 0.4]
    for candidate, champion in ((sure, unsure), (unsure, sure)):
        comparison = Comparison(["A"] * 4, model(candidate), model(champion))
        assert comparison.slices["confidence of both models"] == {"part 1 of 1": [0, 1, 2, 3]}  # the ranks cancel out


def test_without_a_champion_there_are_no_pairs_and_no_slices_by_confidence(compare):
    comparison = compare([1, 2], length=5)
    assert comparison.paired is None
    assert comparison.cer == 0.3
    assert comparison.slices == {}
