import math

import pytest
import tensorflow as tf

from inkpipe.training.noise_guard import guarded_losses

LOSSES, LENGTHS = tf.constant([0.4, 8.0, 40.0]), tf.constant([4.0, 4.0, 4.0])


def test_it_is_the_publications_loss_of_the_mean_probability_of_a_character():
    expected = [4 * (1 - math.exp(-loss / 4) ** 0.5) / 0.5 for loss in (0.4, 8.0, 40.0)]
    assert guarded_losses(LOSSES, LENGTHS, 0.5).numpy().tolist() == pytest.approx(expected, rel=1e-5)


def test_a_small_q_leaves_the_loss():
    assert guarded_losses(LOSSES, LENGTHS, 1e-4).numpy().tolist() == pytest.approx([0.4, 8.0, 40.0], rel=1e-3)


def test_an_unlikely_label_pulls_less_than_a_likely_one():
    with tf.GradientTape() as tape:
        tape.watch(LOSSES)
        total = tf.reduce_sum(guarded_losses(LOSSES, LENGTHS, 0.5))
    pulls = tape.gradient(total, LOSSES).numpy().tolist()
    assert pulls == pytest.approx([math.exp(-0.5 * loss / 4) for loss in (0.4, 8.0, 40.0)], rel=1e-4)


def test_an_empty_label_is_no_division_by_zero():
    assert guarded_losses(tf.constant([0.5]), tf.constant([0.0]), 1.0).numpy().tolist() == pytest.approx(
        [1 - math.exp(-0.5)]
    )
