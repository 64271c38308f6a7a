"""A training that takes seconds: `small` gives its params, `run` trains by them."""

import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.imaging import prepare
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, train

VOCABULARY = Vocabulary(tuple("ABDEFGIJLNORSTU"))
NAMES = ("ANNA", "BOB", "DAN", "EVE", "FIONA", "GIL", "JULES", "RITA")


@pytest.fixture
def small(make_params):
    """Params of a model so small that an epoch takes a second, with everything that has a memory switched on."""

    def made(**values):
        return make_params(
            **{
                "epochs": 4,
                "batch_size": 16,
                "model__crnn__channels": [4, 4, 8, 8],
                "model__crnn__recurrent_units": 8,
                "train__schedule": "plateau",
                "train__plateau_patience": 1,
                "train__early_stopping_patience": 3,
                "train__threads": 1,
                **values,
            }
        )

    return made


@pytest.fixture
def data(draw):
    """Forty training and eight validation images, prepared by the params given."""

    def made(params):
        def images(count):
            texts = [NAMES[i % 8] for i in range(count)]
            prepared = [prepare(draw(text), params.preprocess) for text in texts]
            return ArrayImages.of_texts(prepared, texts, VOCABULARY)

        return TrainingData(images(40), images(8), params.frames)

    return made


@pytest.fixture
def run(data):
    """Train by some params: `run(params, checkpoints=...)`."""
    return lambda params, **options: train(data(params), VOCABULARY, TrainingSettings.from_params(params), **options)


@pytest.fixture
def resumed(run, tmp_path):
    """Train by some params, stopped after an epoch and then resumed: `resumed(params, after=2)`."""

    def made(params, after):
        def stop(epoch, _):
            if epoch.epoch == after:
                raise KeyboardInterrupt

        checkpoints = Checkpoints(tmp_path / "state")
        with pytest.raises(KeyboardInterrupt):
            run(params, checkpoints=checkpoints, on_epoch=stop)
        return run(params, checkpoints=checkpoints)

    return made


@pytest.fixture
def same_bytes():
    """Whether two trainings ended with the same weights and history."""

    def same(first, second):
        weights = [[array.tobytes() for array in result.model.network.get_weights()] for result in (first, second)]
        return weights[0] == weights[1] and list(first.history) == list(second.history)

    return same
