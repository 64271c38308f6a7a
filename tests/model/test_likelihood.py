import itertools

import numpy as np
import pytest

from inkpipe.model.likelihood import text_log_probabilities


def collapsed(path):
    return [c for c, _ in itertools.groupby(path) if c]


def by_enumeration(logits, text):
    """The probability of a text, summed over every path that collapses to it."""
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    paths = itertools.product(range(logits.shape[1]), repeat=len(logits))
    return sum(np.prod(probabilities[np.arange(len(path)), path]) for path in paths if collapsed(path) == list(text))


@pytest.mark.parametrize("text", [[], [1], [2], [1, 2], [1, 1], [2, 1, 2], [1, 1, 2]])
def test_the_probability_is_the_sum_over_all_alignments(text):
    logits = np.random.default_rng(3).normal(size=(1, 5, 3)).astype(np.float32)
    expected = by_enumeration(logits[0].astype(np.float64), text)
    assert text_log_probabilities(logits, [text]) == pytest.approx([np.log(expected)], abs=1e-5)


def test_texts_of_different_lengths_do_not_disturb_each_other():
    logits = np.random.default_rng(5).normal(size=(3, 6, 4)).astype(np.float32) * 30
    texts = [[1, 2, 3, 1], [], [2]]
    alone = [text_log_probabilities(logits[i : i + 1], texts[i : i + 1])[0] for i in range(3)]
    assert text_log_probabilities(logits, texts).tolist() == alone
    assert all(each <= 0 for each in alone)


def test_a_text_that_does_not_fit_is_impossible():
    logits = np.zeros((2, 3, 3), np.float32)
    assert np.isneginf(text_log_probabilities(logits, [[1, 1, 1], [1, 2, 1, 2]])).all()


def test_the_loss_of_tensorflow_is_the_same():
    from inkpipe.backend import tf
    from inkpipe.model.ctc import ctc_loss

    logits = np.random.default_rng(7).normal(size=(2, 16, 5)).astype(np.float32)
    labels = tf.sparse.from_dense(np.array([[1, 2, 2], [3, 4, 1]]))
    losses = ctc_loss(tf.cast(labels, tf.int32), tf.constant(logits)).numpy()
    assert text_log_probabilities(logits, [[1, 2, 2], [3, 4, 1]]) == pytest.approx(-losses, abs=1e-4)
