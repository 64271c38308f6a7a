import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.data.vocabulary import UNKNOWN_CHARACTER, Vocabulary
from inkpipe.model.decoding.greedy import GreedyDecoder, best_log_probabilities

VOCABULARY = Vocabulary(tuple("AB"))  # blank 0, A 1, B 2, [UNK] 3, padding 4


@pytest.fixture
def greedy():
    return GreedyDecoder(VOCABULARY)


def logits_of(paths, sharpness=20.0):
    """Logits whose best path is the given one."""
    return np.eye(VOCABULARY.classes, dtype=np.float32)[np.array(paths)] * np.float32(sharpness)


def test_repeats_merge_and_blanks_separate_them(greedy):
    predictions = greedy.decode(logits_of([[1, 1, 0, 1, 2, 2], [0, 0, 0, 0, 0, 0], [2, 1, 1, 2, 0, 2]]))
    assert [prediction.text for prediction in predictions] == ["AAB", "", "BABB"]


def test_an_unknown_character_is_marked_and_padding_vanishes(greedy):
    assert [prediction.text for prediction in greedy.decode(logits_of([[1, 3, 4]]))] == [f"A{UNKNOWN_CHARACTER}"]


def test_confidence_is_the_probability_of_the_best_path(greedy):
    probabilities = np.array([[[0.5, 0.3, 0.1, 0.05, 0.05], [0.1, 0.6, 0.2, 0.05, 0.05]]], np.float32)
    (prediction,) = greedy.decode(np.log(probabilities))
    assert prediction.text == "A"
    assert prediction.confidence == pytest.approx(0.5 * 0.6, rel=1e-5)
    assert prediction.characters == pytest.approx((0.6,), rel=1e-5)


def test_a_temperature_flattens_confidences_and_changes_no_text():
    probabilities = np.array([[[0.04, 0.64, 0.16, 0.08, 0.08]]], np.float32)
    (prediction,) = GreedyDecoder(VOCABULARY, temperature=2.0).decode(np.log(probabilities))
    roots = np.sqrt(probabilities[0, 0])
    assert prediction.text == "A"
    assert prediction.confidence == pytest.approx(roots[1] / roots.sum(), rel=1e-5)


def test_each_character_has_its_own_confidence():
    probabilities = np.full((4, VOCABULARY.classes), 0.05, np.float32)
    probabilities[[0, 1, 2, 3], [1, 1, 0, 1]] = 0.8, 0.6, 0.8, 0.4
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    (prediction,) = GreedyDecoder(VOCABULARY).decode(np.log(probabilities[np.newaxis]))
    assert prediction.text == "AA"
    assert prediction.characters == pytest.approx((0.8, 0.4 / 0.6), rel=1e-5)


def test_the_only_alternative_is_the_text_itself(greedy):
    (prediction,) = GreedyDecoder(VOCABULARY, alternatives=3).decode(logits_of([[1, 0, 2]]))
    assert [(each.text, each.confidence) for each in prediction.alternatives] == [("AB", prediction.confidence)]
    assert greedy.decode(logits_of([[1, 0, 2]]))[0].alternatives == ()


def test_the_probability_of_the_likeliest_class_is_that_of_a_softmax():
    logits = np.random.default_rng(0).normal(0, 3, (2, 3, 5)).astype(np.float32)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(best_log_probabilities(logits, 1.0), np.log(softmax.max(axis=2)), rtol=1e-4)


def test_confidence_does_not_change_with_a_constant_added_to_all_logits_however_large(greedy):
    logits = np.log(np.array([[[0.5, 0.3, 0.1, 0.05, 0.05]]], np.float32))
    confidences = [greedy.decode(logits + np.float32(shift))[0].confidence for shift in (0, 1000, -1000)]
    assert confidences == pytest.approx([0.5] * 3, rel=1e-4)


def test_no_image_gives_no_prediction(greedy):
    assert greedy.decode(np.zeros((0, 3, VOCABULARY.classes), np.float32)) == []


@given(seed=st.integers(0, 2**32 - 1), batch=st.integers(1, 4), frames=st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_greedy_agrees_with_tensorflows_best_path(seed, batch, frames):
    import tensorflow as tf

    from inkpipe.model.ctc import best_path

    logits = np.random.default_rng(seed).normal(0, 3, (batch, frames, VOCABULARY.classes)).astype(np.float32)
    decoded = best_path(tf.constant(logits))
    ids = [[] for _ in range(batch)]
    for (row, _), value in zip(decoded.indices.numpy(), decoded.values.numpy(), strict=True):
        ids[row].append(int(value))
    predictions = GreedyDecoder(VOCABULARY).decode(logits)
    assert [prediction.text for prediction in predictions] == [VOCABULARY.decode(row) for row in ids]
    time_major = tf.transpose(tf.nn.log_softmax(logits), (1, 0, 2))
    _, negative_sums = tf.nn.ctc_greedy_decoder(time_major, tf.fill([batch], frames), blank_index=0)
    confidences = [prediction.confidence for prediction in predictions]
    assert confidences == pytest.approx(np.exp(-negative_sums.numpy()[:, 0]).tolist(), rel=1e-4)


def test_spaces_that_no_label_has_are_dropped():
    decoder = GreedyDecoder(Vocabulary(tuple("A ")))  # blank 0, A 1, space 2
    (prediction,) = decoder.decode(logits_of([[2, 0, 1, 2, 0, 2, 1, 2]]))
    assert prediction.text == "A A"
    assert len(prediction.characters) == 3
