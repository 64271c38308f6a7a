import pytest

from inkpipe.optimization.optimizers import OPTIMIZERS, build_optimizer


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Nadam", "RAdam", "RMSprop", "SGD"])
def test_each_optimizer_takes_its_settings(name):
    optimizer = build_optimizer(name.lower(), 0.01, weight_decay=0.1, clip_norm=2.0)
    assert type(optimizer).__name__ == name
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert optimizer.global_clipnorm == 2.0


def test_every_registered_optimizer_can_be_built():
    for name, choice in OPTIMIZERS.items():
        assert type(build_optimizer(name, 0.01, weight_decay=0.0, clip_norm=0.0)).__name__ == choice.keras_class


def test_weight_decay_is_given_only_to_optimizers_that_take_it():
    assert build_optimizer("adamw", 0.01, weight_decay=0.1, clip_norm=0.0).weight_decay == 0.1
    assert build_optimizer("adam", 0.01, weight_decay=0.1, clip_norm=0.0).weight_decay is None


def test_no_clipping_at_zero():
    assert build_optimizer("adamw", 0.01, weight_decay=0.0, clip_norm=0.0).global_clipnorm is None
