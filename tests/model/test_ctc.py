import numpy as np
import pytest
import tensorflow as tf

from inkpipe.model.ctc import (
    CharacterErrorRate,
    EmptyPenaltyCER,
    best_path,
    ctc_loss,
    edit_distances,
    lengths,
    sparse_labels,
)

CLASSES = 5


def logits_of(paths, sharpness=20.0):
    """Logits whose best path is the given one."""
    return tf.constant(np.eye(CLASSES, dtype=np.float32)[np.array(paths)] * sharpness)


def rows(sparse):
    dense = [[] for _ in range(int(sparse.dense_shape[0]))]
    for (row, _), value in zip(sparse.indices.numpy(), sparse.values.numpy(), strict=True):
        dense[row].append(int(value))
    return dense


def sequences(*rows):
    return sparse_labels(tf.ragged.constant(rows, tf.int64).to_tensor(default_value=9), padding=9)


def test_repeats_merge_and_blanks_separate_them():
    decoded = best_path(logits_of([[1, 1, 0, 1, 2, 2], [0, 0, 0, 0, 0, 0], [3, 4, 4, 3, 0, 3]]))
    assert rows(decoded) == [[1, 1, 2], [], [3, 4, 3, 3]]


def test_loss_of_two_frames_is_that_of_all_alignments():
    probabilities = np.array([[[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]], np.float32)
    labels = sparse_labels(tf.constant([[1, 2], [1, 9]]), padding=9)
    loss = ctc_loss(labels, tf.math.log(tf.constant(np.repeat(probabilities, 2, 0))))
    one_two = 0.3 * 0.3
    just_one = 0.3 * 0.6 + 0.3 * 0.1 + 0.5 * 0.6
    assert loss.numpy() == pytest.approx([-np.log(one_two), -np.log(just_one)], rel=1e-5)


def test_sparse_labels_keep_their_true_lengths():
    labels = sparse_labels(tf.constant([[1, 2, 9], [3, 9, 9], [9, 9, 9]]), padding=9)
    assert rows(labels) == [[1, 2], [3], []]
    assert lengths(labels).numpy().tolist() == [2.0, 1.0, 0.0]


def test_edit_distances_of_sequences_of_other_lengths():
    labels = sparse_labels(tf.constant([[1, 2, 3, 4], [1, 2, 9, 9], [3, 9, 9, 9]]), padding=9)
    decoded = best_path(logits_of([[1, 0, 3, 4, 0, 2], [1, 2, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]))
    assert edit_distances(labels, decoded).numpy().tolist() == [2.0, 0.0, 1.0]


def test_cer_is_total_edits_over_total_characters_not_a_mean_of_batches():
    cer = CharacterErrorRate()
    cer.update_state(sequences([1, 2, 3, 4]), sequences([1, 2, 3, 4]))
    cer.update_state(sequences([1]), sequences([2]))
    assert float(cer.result()) == pytest.approx(1 / 5)


def test_empty_predictions_cost_fifty_in_the_papers_metric():
    metric = EmptyPenaltyCER()
    metric.update_state(sequences([1, 2], [1, 2]), sequences([1, 3], []))
    assert float(metric.result()) == pytest.approx((0.5 + 50.0) / 2)


def test_both_start_anew_after_reset():
    cer, penalized = CharacterErrorRate(), EmptyPenaltyCER()
    for metric in (cer, penalized):
        metric.update_state(sequences([1]), sequences([2]))
        metric.reset_state()
        assert float(metric.result()) == 0.0
