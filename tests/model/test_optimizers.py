import pytest

from inkpipe.model.optimizers import build_optimizer, learning_rate


def test_cosine_rises_linearly_and_falls_to_zero(make_params):
    schedule = learning_rate(make_params(lr=0.1, train__warmup_share=0.1), total_steps=100)
    assert [float(schedule(step)) for step in (0, 5, 10, 55, 100)] == pytest.approx([0, 0.05, 0.1, 0.05, 0], abs=1e-6)


def test_constant_and_plateau_start_at_the_given_rate(make_params):
    for schedule in ("constant", "plateau"):
        assert learning_rate(make_params(lr=0.01, train__schedule=schedule), 100) == 0.01


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Nadam", "RMSprop", "SGD"])
def test_each_optimiser_takes_its_settings(make_params, name):
    params = make_params(train__optimizer=name.lower(), train__schedule="constant", lr=0.01, train__clip_norm=2.0)
    optimizer = build_optimizer(params, 10)
    assert type(optimizer).__name__ == name
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert optimizer.global_clipnorm == 2.0


def test_no_clipping_at_zero(make_params):
    assert build_optimizer(make_params(train__clip_norm=0.0), 10).global_clipnorm is None
