"""The worth of each option of `model` and `train`: trainings at the default's full budget on the same records.

    dvc repro preprocess && python benchmarks/training_options.py --data FORMS.zip [--rows default "loss: hybrid"]

Every row trains with the parameters of params.yaml and those that its name tells, and recognizes the same images: the
validation split of FORMS.zip, real forms that a model of synthetic images has not seen. Each model fits its own decoder
on the validation split of the records. The named reference is the default, the first row. "difference" is a row's CER
less the default's with its 95 % bootstrap interval over the images, paired: both models recognize the same resample. It
does not hold the chance of another seed, so an interval that barely excludes 0 proves little. Training and decoding are
the calls that the stages make. Compare images a second only on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from ablation import changed_params
from decoding import from_files
from inkpipe.data.language_model import LanguageModel
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import RecordImages
from inkpipe.dataset.mixing import training_images
from inkpipe.dataset.records import Records
from inkpipe.evaluation.metrics import INTERVAL
from inkpipe.evaluation.predictions import edits
from inkpipe.model.artifacts import LoadedModel
from inkpipe.model.decoding.greedy import GreedyDecoder
from inkpipe.model.determinism import configure_determinism
from inkpipe.training.train import TrainingData, TrainingSettings, train

ROOT = Path(__file__).parents[1]
RESAMPLES = 2000
BATCH = 256  # images recognized at once
Values = dict[str, Any]

DEFAULT = "default"
ROWS: dict[str, Values] = {
    DEFAULT: {},
    "no auxiliary CTC head": {"model.crnn.auxiliary_weight": 0.0},
    "averaging: last": {"train.averaging": "last"},
    "averaging: ema": {"train.averaging": "ema", "train.averaging_start": 0.0},
    "loss: hybrid": {"train.loss": "hybrid"},
    "loss: cross_entropy": {"train.loss": "cross_entropy"},
    "label_noise_guard: 0.3": {"train.label_noise_guard": 0.3},
    "column: max": {"model.crnn.column": "max"},
    "recurrent: gru": {"model.crnn.recurrent": "gru"},
    "recurrent_layers: 1": {"model.crnn.recurrent_layers": 1},
    "recurrent_layers: 3": {"model.crnn.recurrent_layers": 3},
    "norm: batch": {"model.crnn.norm": "batch"},
    "norm: layer": {"model.crnn.norm": "layer"},
    "dropout: 0": {"model.crnn.dropout": 0.0},
    "preset: attention": {"model.preset": "attention"},
    "optimizer: adam": {"train.optimizer": "adam"},
    "optimizer: radam": {"train.optimizer": "radam"},
    "schedule: one_cycle": {"train.schedule": "one_cycle"},
    "schedule: triangular2": {"train.schedule": "triangular2"},
    "schedule: exponential": {"train.schedule": "exponential"},
}


class Row(NamedTuple):
    """A trained model's answers for the images.

    Attributes:
        edits: int64 (images,), of the model's decoder.
        greedy_edits: int64 (images,), of greedy decoding.
        parameters: of the model.
        images_per_second: of training.
    """

    edits: NDArray[np.int64]
    greedy_edits: NDArray[np.int64]
    parameters: int
    images_per_second: float


class Benchmark:
    """Trains and scores one row after the other.

    Args:
        project: the folder with params.yaml and the data of the stages up to `preprocess`.
        real: labeled images, as the folder source takes them.
        split: of `real`.
    """

    def __init__(self, project: Path, real: Path, split: str) -> None:
        self.project, self.real, self.split = project, real, split
        self.vocabulary = Vocabulary.load(project / "data/vocabulary.json")
        self.records = Records(project / "data/records")
        self.labels: list[str] = []

    def row(self, values: Values) -> Row:
        """Train with some parameters replaced, and recognize the real images."""
        params, speeds = changed_params(values, self.project), list[float]()
        data = TrainingData(
            training_images(self.records, params.train.mix),
            RecordImages(self.records, "validation"),
            self.records.frames,
        )
        language_model = LanguageModel.load(self.project / "data/language_model.npz")
        settings = TrainingSettings.from_params(params)
        trained = train(
            *(data, self.vocabulary, settings),
            language_model=language_model,
            on_epoch=lambda _, speed: speeds.append(speed),
        )
        model = trained.model
        labels, images = zip(*from_files(self.real, self.split, LoadedModel(model, params.preprocess)), strict=True)
        logits = np.concatenate([model.logits(np.stack(images[i : i + BATCH])) for i in range(0, len(images), BATCH)])
        self.labels = list(labels)
        return Row(
            self._edits(model.decoder.decode(logits)),
            self._edits(GreedyDecoder(self.vocabulary).decode(logits)),
            model.count_params(),
            float(np.mean(speeds)),
        )

    def difference(self, row: Row, default: Row) -> tuple[float, float, float]:
        """How far a row's CER lies above the default's, with the ends of the 95 % interval."""
        lengths = np.array([len(label) for label in self.labels])
        more = row.edits - default.edits
        chosen = np.random.default_rng(42).integers(len(more), size=(RESAMPLES, len(more)))
        low, high = np.percentile(more[chosen].sum(axis=1) / lengths[chosen].sum(axis=1), INTERVAL)
        return more.sum() / lengths.sum(), low, high

    def cer(self, counted: NDArray[np.int64]) -> float:
        """Edits for each character of the labels."""
        return float(counted.sum() / sum(map(len, self.labels)))

    def _edits(self, predictions: list[Any]) -> NDArray[np.int64]:
        texts = [prediction.text for prediction in predictions]
        return np.array([edits(label, text) for label, text in zip(self.labels, texts, strict=True)])


def main() -> None:
    """Print the table as Markdown, each row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder or zip of real labeled images")
    parser.add_argument("--split", default="validation", help="of it (default: validation)")
    parser.add_argument("--project", type=Path, default=ROOT, help="folder with params.yaml and the prepared records")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="these rows alone, in this order")
    options = parser.parse_args()
    benchmark = Benchmark(options.project, options.data, options.split)
    configure_determinism(changed_params({}, options.project).train.threads)
    print("| model | CER | difference to the default | greedy CER | exact | parameters | images/s |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: |", flush=True)
    default: Row | None = None
    for name in options.rows:
        row = benchmark.row(ROWS[name])
        default = default or row
        change, low, high = benchmark.difference(row, default)
        interval = f"{change:+.4f} ({low:+.4f} to {high:+.4f})" if row is not default else "reference"
        cells = [f"{benchmark.cer(row.edits):.4f}", interval, f"{benchmark.cer(row.greedy_edits):.4f}"]
        cells += [f"{np.mean(row.edits == 0):.3f}", f"{row.parameters:,}", f"{row.images_per_second:.0f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
