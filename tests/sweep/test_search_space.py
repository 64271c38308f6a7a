from pathlib import Path

import optuna
import pytest
import yaml
from tests.values import replaced

from inkpipe.errors import InkpipeError
from inkpipe.sweep.search_space import SearchSpace

ROOT = Path(__file__).parents[2]
LOG = {"distribution": "log_uniform", "low": 0.001, "high": 0.1}


def content(parameters):
    return replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), {"sweep.parameters": parameters})


def test_the_ranges_of_the_repository_can_be_searched():
    space = SearchSpace.of(yaml.safe_load((ROOT / "params.yaml").read_text()))
    assert "lr" in space.ranges


def test_values_come_from_their_ranges_and_make_parameters():
    space = SearchSpace.of(
        content(
            {
                "lr": LOG,
                "model.crnn.dropout": {"distribution": "uniform", "low": 0.0, "high": 0.5},
                "batch_size": {"distribution": "int", "low": 8, "high": 9},
                "model.crnn.channels": {"distribution": "categorical", "choices": [[4, 8], [8, 16]]},
                "decode.method": {"distribution": "categorical", "choices": ["greedy", "beam"]},
            }
        )
    )
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    seen = [space.suggest(study.ask()) for _ in range(40)]
    rates = [values["lr"] for values in seen]
    assert all(0.001 <= rate <= 0.1 and rate == float(f"{rate:.4g}") for rate in rates)
    assert sum(rate < 0.01 for rate in rates) in range(10, 31)  # half of them, by the logarithm
    assert {values["batch_size"] for values in seen} == {8, 9}
    assert {tuple(values["model.crnn.channels"]) for values in seen} == {(4, 8), (8, 16)}
    params = space.params(seen[0])
    assert (params.lr, params.model.crnn.channels) == (seen[0]["lr"], tuple(seen[0]["model.crnn.channels"]))
    assert space.params({}).lr == 0.002


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "sweep.parameters has no range"),
        ({"learning_rate": LOG}, "no parameter. Received: learning_rate"),
        ({"train.lr": LOG}, "no parameter. Received: train.lr"),
        ({"train": LOG}, "no parameter. Received: train."),
        ({"lr": {**LOG, "low": 0.1}}, r"low must be below high. Received: 0.1 and 0.1"),
        ({"lr": {**LOG, "low": 0.0}}, r"sweep.parameters.lr.log_uniform.low: .* greater than 0. Received: 0.0"),
        ({"lr": {**LOG, "distribution": "normal"}}, r"sweep.parameters.lr: .*'log_uniform'"),
        ({"lr": {"distribution": "categorical", "choices": [0.1]}}, "at least 2 items"),
        ({"batch_size": LOG}, "gives batch_size a value that it cannot take"),
        ({"train.clip_norm": {"distribution": "uniform", "low": -1.0, "high": 1.0}}, "train.clip_norm a value that"),
        ({"preprocess.height": {"distribution": "categorical", "choices": [32, 64]}}, "height, which changes"),
        ({"model.preset": {"distribution": "categorical", "choices": ["crnn", "paper"]}}, "which changes preprocess"),
        ({"synthetic.train": {"distribution": "int", "low": 10, "high": 20}}, "which changes synthetic"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_one_message(parameters, message):
    with pytest.raises(InkpipeError, match=message):
        SearchSpace.of(content(parameters))
