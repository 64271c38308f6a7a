"""Measure how fast the presets train, beside the paper's network in plain Keras with `keras.losses.CTC`.

    python benchmarks/training_speed.py [--presets paper crnn] [--batch 32] [--rounds 40]

Every round takes one optimizer step of each model on the same batch of random images and labels, all in one process, so
that other work on the machine slows all of them. A model is built and compiled as the train stage does it: with its
optimizer, clipping, dropout and auxiliary head. The named reference is the first row: the layers that the paper names,
of Keras alone, on 60 x 128 pixels, with `keras.losses.CTC` and Adam. The rows "Keras' LSTM" are the same presets
without `inkpipe.model.lstm`; "cut" are batches of similar width, as the default has them. A ratio is what a step of the
reference takes by what the model's takes in the same round: wall-clock time, and processor time, which other work
disturbs less. The table has the medians over all rounds, and quartiles. The input pipeline is not part of it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from ablation import changed_params
from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.decoding import Knowledge
from inkpipe.model.determinism import configure_determinism
from inkpipe.model.networks import build_network
from inkpipe.optimization.optimizers import build_optimizer
from inkpipe.optimization.schedules import build_schedule
from inkpipe.params import Params
from inkpipe.params.model import PaperParams
from inkpipe.training.model import TrainingModel

ROOT = Path(__file__).parents[1]
CHARACTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ' -.")  # as many as the default's vocabulary has
LENGTHS = (3, 12)  # characters of a label, as names have them
CUT = 3 / 4  # of the canvas: batches of similar width have 186 of 256 columns in the mean of the default's epochs
WARM_UP = 3  # steps of each model before the first round
REFERENCE = "the paper's network, `keras.losses.CTC`"
QUARTILES = (25, 50, 75)
Step = Callable[[], Any]


def reference(classes: int) -> keras.Model:
    """The paper's network in Keras' layers, with Keras' loss. Blank and padding have the class 0."""
    layers = keras.layers
    network = keras.Sequential(
        [
            layers.Input((PaperParams.HEIGHT, PaperParams.WIDTH, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, 3, padding="same", activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D((2, 1)),
            layers.Permute((2, 1, 3)),
            layers.Reshape((PaperParams.WIDTH // 2, PaperParams.HEIGHT // 4 * 64)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.2),
            layers.Bidirectional(layers.LSTM(128, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(64, return_sequences=True)),
            layers.Dense(classes),
        ]
    )
    network.compile(optimizer=keras.optimizers.Adam(), loss=keras.losses.CTC(), jit_compile=False)
    return network


def preset_model(params: Params, vocabulary: Vocabulary, batch: int, plain: bool) -> TrainingModel:
    """The model of a preset as it is trained; `plain`: with Keras' LSTM."""
    shape = (params.preprocess.height, params.preprocess.width)
    any_width = params.train.bucketing
    network = build_network(params.model, shape, params.frames, vocabulary.classes, any_width=any_width)
    if plain:
        network = keras.models.clone_model(network, clone_function=with_keras_lstm)
    model = TrainingModel(network, vocabulary, params.decode, Knowledge(), params.model, params.train)
    steps = params.epochs * params.synthetic.train // batch
    optimizer = build_optimizer(
        params.train.optimizer,
        build_schedule(params.train.schedule, params.lr, steps, params.train),
        weight_decay=params.train.weight_decay,
        clip_norm=params.train.clip_norm,
    )
    model.compile(optimizer=optimizer, jit_compile=False)
    return model


def with_keras_lstm(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer, in which Keras' LSTM stands for this project's."""
    if not isinstance(layer, keras.layers.Bidirectional):
        return layer.from_config(layer.get_config())
    one_way = keras.layers.LSTM.from_config(layer.forward_layer.get_config())
    return keras.layers.Bidirectional(one_way, merge_mode=layer.merge_mode, name=layer.name)


def steps(presets: list[str], batch: int) -> Mapping[str, Step]:
    """By the caption of a row, what takes one optimizer step; the reference first."""
    vocabulary, random = Vocabulary(CHARACTERS), np.random.default_rng(42)
    labels = np.full((batch, LENGTHS[1]), vocabulary.padding, np.int32)
    for row in labels:
        length = random.integers(*LENGTHS, endpoint=True)
        row[:length] = random.integers(1, len(CHARACTERS), length, endpoint=True)

    def step(model: keras.Model, shape: tuple[int, int], padding: int) -> Step:
        images = tf.constant(random.random((batch, *shape, 1), np.float32))
        truth = tf.constant(np.where(labels == vocabulary.padding, padding, labels))
        model.make_train_function()
        return lambda: float(model.train_function(iter([(images, truth)]))["loss"])  # of a result, so that it is ready

    made = {REFERENCE: step(reference(vocabulary.classes), (PaperParams.HEIGHT, PaperParams.WIDTH), 0)}
    for preset in presets:
        params = changed_params({"model.preset": preset})
        height, width = params.preprocess.height, params.preprocess.width
        rows = [("", False, width), (", Keras' LSTM", True, width)]
        if params.train.bucketing:
            rows.append((", cut", False, round(width * CUT)))
        for kind, plain, columns in rows:
            model = preset_model(params, vocabulary, batch, plain)
            made[f"preset {preset}{kind}"] = step(model, (height, columns), vocabulary.padding)
    return made


class Cost(NamedTuple):
    """What a step takes, in seconds: of the clock, and of all processors together."""

    wall: float
    processor: float


def cost(step: Step) -> Cost:
    """Take a step."""
    start, used = time.perf_counter(), time.process_time()
    step()
    return Cost(time.perf_counter() - start, time.process_time() - used)


def cells(costs: Sequence[Cost], references: Sequence[Cost]) -> list[str]:
    """Ratio and quartiles of wall-clock time, then of processor time."""
    made = []
    for own, other in zip(zip(*costs, strict=True), zip(*references, strict=True), strict=True):
        low, middle, high = np.percentile(np.divide(other, own), QUARTILES)
        made += [f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
    return made


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=["paper", "crnn"], help="of params.yaml")
    parser.add_argument("--batch", type=int, default=32, help="images a step, of all models")
    parser.add_argument("--rounds", type=int, default=40, help="steps of each model that count")
    options = parser.parse_args()
    configure_determinism(changed_params({}).train.threads)
    rows = steps(options.presets, options.batch)
    for step in rows.values():
        for _ in range(WARM_UP):
            step()
    costs: dict[str, list[Cost]] = {caption: [] for caption in rows}
    for _ in range(options.rounds):
        for caption, step in rows.items():
            costs[caption].append(cost(step))
    print(f"batches of {options.batch}, {options.rounds} rounds")
    print("| model | images/s | ratio | quartiles | processor time, ratio | quartiles |")
    print("| --- | ---: | ---: | --- | ---: | --- |")
    for caption, own in costs.items():
        speed = options.batch / np.median([each.wall for each in own])
        print(f"| {caption} | {speed:.0f} | {' | '.join(cells(own, costs[REFERENCE]))} |")


if __name__ == "__main__":
    main()
