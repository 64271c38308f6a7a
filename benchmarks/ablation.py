"""What each part of the default is worth: trainings at its full budget, scored on real forms that none has seen.

    dvc repro preprocess && python benchmarks/ablation.py --data FORMS.zip --results FOLDER [--rows "loss: hybrid" ...]

Every row trains with the parameters of params.yaml and those that its name tells, fits its decoder on the validation
split of its own synthetic images, and recognizes the same real images, split by split. The named reference is the
default. "difference" is a row's CER less the default's with its 95 % bootstrap interval over the images, paired: both
models recognize the same resample. It does not hold the chance of another seed, so an interval that barely excludes 0
proves little. Training, cleaning and decoding are the calls that the stages make. Compare images a second only on a
machine that does nothing else.

The edits of each row are kept in FOLDER, so a benchmark that was stopped goes on. A row whose parameters changed is
trained again; after a change of the code, give another folder.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib.font_manager
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from decoding import from_files
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.dataset.records import Records
from inkpipe.evaluation.metrics import INTERVAL
from inkpipe.evaluation.predictions import edits
from inkpipe.files import sha256_json, write_json
from inkpipe.imaging import decode, prepare
from inkpipe.inspection.overrides import Override, applied
from inkpipe.model.artifacts import LoadedModel
from inkpipe.model.decoding import Knowledge
from inkpipe.model.decoding.greedy import GreedyDecoder
from inkpipe.model.determinism import configure_determinism
from inkpipe.params import Params, load_params
from inkpipe.sources.synthetic import SyntheticSource
from inkpipe.training.train import TrainingData, TrainingSettings, train

ROOT = Path(__file__).parents[1]
SPLITS = ("validation", "train")  # of the real images; no row has trained on either
RESAMPLES = 2000
BATCH = 256  # images recognized at once
Values = dict[str, Any]

FONTS = "fonts"  # not a parameter: print the labels in fonts instead of writing them
STILL_HAND: Values = {
    f"synthetic.writer.{name}": value
    for name, value in {
        "height_spread": 0.0,
        "aspect_spread": 0.0,
        "slant_spread": 0.0,
        "stroke_width_spread": 0.0,
        "title_case_probability": 0.0,
        "lower_case_probability": 0.0,
        "mixed_case_probability": 0.0,
        "stray_lower_case_probability": 0.0,
        "letter_noise": [0.0, 0.0],
        "stroke_noise": [0.0, 0.0],
        "stroke_bend": [0.0, 0.0],
        "tremor": [0.0, 0.0],
        "baseline_wander": [0.0, 0.0],
        "pressure_variation": [0.0, 0.0],
        "fading_probability": 0.0,
        "retouch_probability": 0.0,
    }.items()
}
BARE_FORM: Values = {
    "synthetic.form.layouts": {"bare": 1},
    "synthetic.form.neighbor_line_probability": 0.0,
    "synthetic.form.cut_off_probability": 0.0,
    "synthetic.form.specks": 0.0,
    "synthetic.form.ruled_line_probability": 0.0,
    "synthetic.form.printed_cells_probability": 0.0,
}
UNDISTORTED: Values = {"augment.enabled": False}
DEFAULT = "default"
ROWS: dict[str, Values] = {
    DEFAULT: {},
    # The training images: from the poorest ones, one part after the other up to the default
    "printed fonts": {**UNDISTORTED, FONTS: True},
    "pen paths instead": {**UNDISTORTED, **STILL_HAND, **BARE_FORM},
    "+ writers": {**UNDISTORTED, **BARE_FORM},
    "+ forms": UNDISTORTED,
    # Cleaning
    "crop: margins": {"preprocess.crop": "margins"},
    "crop: none": {"preprocess.crop": "none"},
    "contrast: stretch": {"preprocess.contrast": "stretch"},
    "contrast: illumination": {"preprocess.contrast": "illumination"},
    "denoise: gaussian": {"preprocess.denoise": "gaussian"},
    "denoise: median": {"preprocess.denoise": "median"},
    "denoise: wavelet": {"preprocess.denoise": "wavelet"},
    "deskew: projection": {"preprocess.deskew": "projection"},
    "deskew: min_area_rect": {"preprocess.deskew": "min_area_rect"},
    "deslant: vinciarelli": {"preprocess.deslant": "vinciarelli"},
    "core_height: 0.5": {"preprocess.core_height": 0.5},
    "stroke_width: 1.5": {"preprocess.stroke_width": 1.5},
    # The network
    "preset: paper": {"model.preset": "paper", "batch_size": 32, "epochs": 5},
    "preset: bilstm": {"model.preset": "bilstm"},
    "preset: attention": {"model.preset": "attention"},
    "no auxiliary CTC head": {"model.crnn.auxiliary_weight": 0.0},
    "column: max": {"model.crnn.column": "max"},
    "recurrent: gru": {"model.crnn.recurrent": "gru"},
    "recurrent_layers: 1": {"model.crnn.recurrent_layers": 1},
    "recurrent_layers: 3": {"model.crnn.recurrent_layers": 3},
    "norm: batch": {"model.crnn.norm": "batch"},
    "norm: layer": {"model.crnn.norm": "layer"},
    "dropout: 0": {"model.crnn.dropout": 0.0},
    # The loss
    "loss: hybrid": {"train.loss": "hybrid"},
    "loss: cross_entropy": {"train.loss": "cross_entropy"},
    "label_noise_guard: 0.3": {"train.label_noise_guard": 0.3},
    # The steps
    "optimizer: adam": {"train.optimizer": "adam"},
    "optimizer: radam": {"train.optimizer": "radam"},
    "schedule: one_cycle": {"train.schedule": "one_cycle"},
    "schedule: triangular2": {"train.schedule": "triangular2"},
    "schedule: exponential": {"train.schedule": "exponential"},
    "averaging: last": {"train.averaging": "last"},
    "averaging: ema": {"train.averaging": "ema", "train.averaging_start": 0.0},
    "bucketing: false": {"train.bucketing": False},
}


class LabeledImage(NamedTuple):
    """A normalized label and its decoded image, uint8 (height, width)."""

    label: str
    image: NDArray[np.uint8]


class Answers(NamedTuple):
    """What a trained model made of the images of a split.

    Attributes:
        lengths: int64 (images,), characters of the labels.
        edits: int64 (images,), of the model's decoder.
        greedy_edits: int64 (images,), of greedy decoding.
    """

    lengths: NDArray[np.int64]
    edits: NDArray[np.int64]
    greedy_edits: NDArray[np.int64]


class Row(NamedTuple):
    """A trained model's answers, split by split, with its number of parameters and its images a second of training."""

    answers: dict[str, Answers]
    parameters: int
    images_per_second: float


class Ablation:
    """Trains and scores one row after the other.

    Args:
        project: the folder with params.yaml and the data of the stages up to `preprocess`.
        real: labeled images, as the folder source takes them.
        results: folder for the edits of each row.
    """

    def __init__(self, project: Path, real: Path, results: Path) -> None:
        self.project, self.real, self.results = project, real, results
        self.default = changed_params({}, project)
        self.vocabulary = Vocabulary.load(project / "data/vocabulary.json")
        self.knowledge = Knowledge.read(
            project / "data/language_model.npz", self.default.decode.lexicon, self.vocabulary
        )
        self._generated: tuple[str, dict[str, list[LabeledImage]]] = (
            "",
            {},
        )  # of the last row: many share their images

    def row(self, name: str) -> Row:
        """The row of a name: of the results folder, or else trained and put there."""
        values = dict(ROWS[name])
        fonts = bool(values.pop(FONTS, False))
        params = changed_params(values, self.project)
        key = sha256_json({"params": params.model_dump(mode="json"), "fonts": fonts})
        file = self.results / f"{name.replace(' ', '_').replace(':', '')}.json"
        if file.exists():
            kept = json.loads(file.read_text())
            if kept["key"] == key:
                answers = {split: Answers(*map(np.array, each)) for split, each in kept["answers"].items()}
                return Row(answers, kept["parameters"], kept["images_per_second"])
        row = self._trained(params, fonts)
        lists = {split: [part.tolist() for part in each] for split, each in row.answers.items()}
        self.results.mkdir(parents=True, exist_ok=True)
        write_json(file, {"key": key, **row._asdict(), "answers": lists})
        return row

    def _trained(self, params: Params, fonts: bool) -> Row:
        speeds: list[float] = []
        trained = train(
            self._data(params, fonts),
            self.vocabulary,
            TrainingSettings.from_params(params),
            knowledge=self.knowledge,
            on_epoch=lambda _, speed: speeds.append(speed),
        )
        loaded = LoadedModel(trained.model, params.preprocess)
        answers = {split: self._answers(loaded, split) for split in SPLITS}
        return Row(answers, trained.model.count_params(), float(np.mean(speeds)))

    def _data(self, params: Params, fonts: bool) -> TrainingData:
        """The records of the project, or images of the row's own where it writes or cleans them otherwise."""
        if not fonts and (params.synthetic, params.preprocess) == (self.default.synthetic, self.default.preprocess):
            return TrainingData.of_records(Records(self.project / "data/records"), params.train.mix)
        key = f"{fonts} {params.synthetic.model_dump_json()}"
        if self._generated[0] != key:
            self._generated = ("", {})  # free the last row's images first
            draw = printed if fonts else written
            self._generated = (key, {split: list(draw(params, split)) for split in ("train", "validation")})
        prepared = {split: self._prepared(images, params) for split, images in self._generated[1].items()}
        return TrainingData(prepared["train"], prepared["validation"], params.frames)

    def _prepared(self, labeled: list[LabeledImage], params: Params) -> ArrayImages:
        images = [prepare(image, params.preprocess) for _, image in labeled]
        return ArrayImages.of_texts(images, [label for label, _ in labeled], self.vocabulary)

    def _answers(self, loaded: LoadedModel, split: str) -> Answers:
        labels, images = zip(*from_files(self.real, split, loaded), strict=True)
        model, lengths = loaded.model, np.array([len(label) for label in labels])
        batches = [model.logits(np.stack(images[i : i + BATCH])) for i in range(0, len(images), BATCH)]
        greedy = GreedyDecoder(self.vocabulary)
        counted = [
            np.array([edits(*pair) for pair in zip(labels, (each.text for each in predictions), strict=True)])
            for predictions in (
                [each for logits in batches for each in decoder.decode(logits)] for decoder in (model.decoder, greedy)
            )
        ]
        return Answers(lengths, *counted)


def changed_params(values: Values, project: Path = ROOT) -> Params:
    """A project's params with some values replaced, each under its dotted name."""
    return applied(load_params(project / "params.yaml"), [Override(name, value, "") for name, value in values.items()])


def written(params: Params, split: str) -> Iterator[LabeledImage]:
    """The images of the generator."""
    for sample in SyntheticSource(params.synthetic, params.seed).samples(split):
        yield LabeledImage(str(sample.label), decode(sample.image))


def printed(params: Params, split: str) -> Iterator[LabeledImage]:
    """The same labels in the fonts that Matplotlib ships, in one size, black on white."""
    folder = Path(matplotlib.get_data_path()) / "fonts/ttf"
    files = sorted(path for path in folder.glob("DejaVu*.ttf") if "Display" not in path.name)
    fonts = [ImageFont.truetype(str(path), 18) for path in files]
    for number, (label, _) in enumerate(written(params, split)):
        page = Image.new("L", (324, 36), 255)
        ImageDraw.Draw(page).text((10, 8), label, 0, fonts[number % len(fonts)])
        yield LabeledImage(label, np.asarray(page))


def cells(answers: Answers, default: Answers) -> list[str]:
    """CER, the difference to the default, greedy CER and exact match on a split."""
    lengths, more = answers.lengths, answers.edits - default.edits
    chosen = np.random.default_rng(42).integers(len(more), size=(RESAMPLES, len(more)))
    low, high = np.percentile(more[chosen].sum(axis=1) / lengths[chosen].sum(axis=1), INTERVAL)
    difference = f"{more.sum() / lengths.sum():+.4f} ({low:+.4f} to {high:+.4f})" if more.any() else "reference"
    rates = [f"{edits_.sum() / lengths.sum():.4f}" for edits_ in (answers.edits, answers.greedy_edits)]
    return [rates[0], difference, rates[1], f"{np.mean(answers.edits == 0):.3f}"]


def main() -> None:
    """Print the table as Markdown, each row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder or zip of real labeled images")
    parser.add_argument("--results", type=Path, required=True, help="folder that keeps the edits of each row")
    parser.add_argument("--project", type=Path, default=ROOT, help="folder with params.yaml and the prepared records")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="these rows alone, in this order")
    options = parser.parse_args()
    ablation = Ablation(options.project, options.data, options.results)
    configure_determinism(ablation.default.train.threads)
    default = ablation.row(DEFAULT)
    columns = ["CER", "difference to the default", "greedy CER", "exact"]
    images = [f"{len(default.answers[split].edits):,} {split}" for split in SPLITS]
    heads = [f"{each}: {column}" for each in images for column in columns]
    print(f"| model | {' | '.join(heads)} | parameters | images/s |")
    print(f"| --- |{' ---: | --- | ---: | ---: |' * len(SPLITS)} ---: | ---: |", flush=True)
    for name in options.rows:
        row = ablation.row(name)
        line = [cell for split in SPLITS for cell in cells(row.answers[split], default.answers[split])]
        print(f"| {name} | {' | '.join(line)} | {row.parameters:,} | {row.images_per_second:.0f} |", flush=True)


if __name__ == "__main__":
    main()
