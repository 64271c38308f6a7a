import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.data.vocabulary import UNKNOWN_CHARACTER, Vocabulary
from inkpipe.model.decoding import DECODERS, build_decoder
from inkpipe.params.decode import DecodeParams

VOCABULARY = Vocabulary(tuple("AB"))  # blank 0, A 1, B 2, [UNK] 3, padding 4


@pytest.fixture
def greedy():
    return build_decoder(DecodeParams(method="greedy"), VOCABULARY)


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
    ((text, confidence),) = greedy.decode(np.log(probabilities))
    assert text == "A"
    assert confidence == pytest.approx(0.5 * 0.6, rel=1e-5)


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
    predictions = build_decoder(DecodeParams(method="greedy"), VOCABULARY).decode(logits)
    assert [prediction.text for prediction in predictions] == [VOCABULARY.decode(row) for row in ids]
    time_major = tf.transpose(tf.nn.log_softmax(logits), (1, 0, 2))
    _, negative_sums = tf.nn.ctc_greedy_decoder(time_major, tf.fill([batch], frames), blank_index=0)
    confidences = [prediction.confidence for prediction in predictions]
    assert confidences == pytest.approx(np.exp(-negative_sums.numpy()[:, 0]).tolist(), rel=1e-4)


def test_every_decoder_that_the_params_allow_is_registered():
    assert set(DECODERS) == set(DecodeParams.model_fields["method"].annotation.__args__)


def test_decoding_needs_no_tensorflow():
    code = "import sys, inkpipe.model.decoding; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
