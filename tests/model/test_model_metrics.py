import pytest
import tensorflow as tf

from inkpipe.model.decoding import sparse_labels
from inkpipe.model.metrics import CharacterErrorRate, EmptyPenaltyCER


def sequences(*rows):
    return sparse_labels(tf.ragged.constant(rows, tf.int64).to_tensor(default_value=9), padding=9)


def test_cer_is_total_edits_over_total_characters_not_a_mean_of_batches():
    cer = CharacterErrorRate()
    cer.update_state(sequences([1, 2, 3, 4]), sequences([1, 2, 3, 4]))
    cer.update_state(sequences([1]), sequences([2]))
    assert float(cer.result()) == pytest.approx(1 / 5)


def test_empty_readings_cost_fifty_in_the_papers_metric():
    metric = EmptyPenaltyCER()
    metric.update_state(sequences([1, 2], [1, 2]), sequences([1, 3], []))
    assert float(metric.result()) == pytest.approx((0.5 + 50.0) / 2)


def test_both_start_anew_after_reset():
    cer = CharacterErrorRate()
    cer.update_state(sequences([1]), sequences([2]))
    cer.reset_state()
    assert float(cer.result()) == 0.0
