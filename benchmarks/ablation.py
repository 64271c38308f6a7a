"""The worth of each part of the default: CER on real forms of models that were trained on synthetic images alone.

Every row trains the `crnn` preset anew, on the same number of synthetic images for the same number of epochs with the
same seed, and recognizes the same real images. The first rows add one part after the other; the others change one
cleaning option of the default. The named reference is the last of the first rows, the default. Training and evaluation
are the calls that the stages make. Images a second are those of training alone, distortions included; compare them
only on a machine that does nothing else.

    python benchmarks/ablation.py --zip FORMS.zip --split validation
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import matplotlib.font_manager
import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkpipe.data.vocabulary import Vocabulary, normalize
from inkpipe.dataset.batches import ArrayImages
from inkpipe.evaluation.evaluate import evaluate
from inkpipe.imaging import decode, prepare
from inkpipe.model.determinism import configure_determinism
from inkpipe.params import Params, parse_params
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.synthetic import SyntheticSource
from inkpipe.training.train import TrainingData, TrainingSettings, train

ROOT = Path(__file__).parents[1]
CASE = "upper"  # of the labels: names in capitals
VOCABULARY = Vocabulary(tuple(" '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"))
VALIDATION = 32  # synthetic images to follow the training by; the last epoch is the best one in so short a training
Values = dict[str, Any]


class LabeledImage(NamedTuple):
    """A normalized label and its decoded image, uint8 (height, width)."""

    label: str
    image: NDArray[np.uint8]


class Row(NamedTuple):
    """The scores of a model on the real images, and the images a second of its training."""

    metrics: dict[str, float]
    images_per_second: float


DEFAULT = "+ augmentation (the default)"
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
STEPS: dict[str, Values] = {
    "printed fonts": {**UNDISTORTED, FONTS: True},
    "pen paths instead": {**UNDISTORTED, **STILL_HAND, **BARE_FORM},
    "+ writers": {**UNDISTORTED, **BARE_FORM},
    "+ forms": UNDISTORTED,
    DEFAULT: {},
}
OPTIONS: dict[str, Values] = {
    "denoise: gaussian": {"preprocess.denoise": "gaussian"},
    "denoise: median": {"preprocess.denoise": "median"},
    "denoise: wavelet": {"preprocess.denoise": "wavelet"},
    "contrast: stretch": {"preprocess.contrast": "stretch"},
    "contrast: illumination": {"preprocess.contrast": "illumination"},
    "deskew: projection": {"preprocess.deskew": "projection"},
    "deskew: min_area_rect": {"preprocess.deskew": "min_area_rect"},
    "crop: none": {"preprocess.crop": "none"},
    "crop: margins": {"preprocess.crop": "margins"},
    "deslant: vinciarelli": {"preprocess.deslant": "vinciarelli"},
    "core_height: 0.5": {"preprocess.core_height": 0.5},
    "stroke_width: 1.5": {"preprocess.stroke_width": 1.5},
}


class Ablation:
    """Trains and scores one row after the other.

    Args:
        images: synthetic training images of each row.
        epochs: passes over them.
        real: the images to score on.
    """

    def __init__(self, images: int, epochs: int, real: Sequence[LabeledImage]) -> None:
        self.images, self.epochs, self.real = images, epochs, real
        self._synthetic: tuple[str, list[LabeledImage]] = ("", [])  # of the last row: most rows share their images

    def row(self, values: Values) -> Row:
        """Train with some parameters replaced, and score on the real images."""
        fonts = bool(values.get(FONTS))
        replaced = {name: value for name, value in values.items() if name != FONTS}
        params = changed_params({**replaced, "synthetic.train": self.images, "epochs": self.epochs})
        speeds: list[float] = []
        data = TrainingData(
            self._prepared(self._generated(params, fonts), params),
            self._prepared(self._generated(params, fonts)[:VALIDATION], params),
            params.frames,
        )
        settings = TrainingSettings.from_params(params)
        model = train(data, VOCABULARY, settings, on_epoch=lambda _, speed: speeds.append(speed)).model
        samples = [
            (str(number), label, prepare(image, params.preprocess)) for number, (label, image) in enumerate(self.real)
        ]
        metrics = evaluate(samples, model.recognize, params.evaluate, params.seed).metrics
        return Row(dict(metrics), sum(speeds) / len(speeds))

    def _prepared(self, labeled: Sequence[LabeledImage], params: Params) -> ArrayImages:
        images = [prepare(image, params.preprocess) for _, image in labeled]
        return ArrayImages.of_texts(images, [label for label, _ in labeled], VOCABULARY)

    def _generated(self, params: Params, fonts: bool) -> list[LabeledImage]:
        key = f"{fonts} {params.seed} {params.synthetic.model_dump_json()}"
        if self._synthetic[0] != key:
            self._synthetic = ("", [])  # free the last row's images first
            self._synthetic = (key, list(printed(params) if fonts else written(params)))
        return self._synthetic[1]


def changed_params(values: Values, project: Path = ROOT) -> Params:
    """A project's params with some values replaced, each under its dotted name."""
    content = yaml.safe_load((project / "params.yaml").read_text())
    for name, value in values.items():
        *sections, last = name.split(".")
        inner = content
        for section in sections:
            inner = inner[section]
        inner[last] = value
    return parse_params(content)


def written(params: Params) -> Iterator[LabeledImage]:
    """The training images of the generator."""
    for sample in SyntheticSource(params.synthetic, params.seed).samples("train"):
        yield LabeledImage(str(sample.label), decode(sample.image))


def printed(params: Params) -> Iterator[LabeledImage]:
    """The same labels in the fonts that Matplotlib ships, in one size, black on white."""
    folder = Path(matplotlib.get_data_path()) / "fonts/ttf"
    files = sorted(path for path in folder.glob("DejaVu*.ttf") if "Display" not in path.name)
    fonts = [ImageFont.truetype(str(path), 18) for path in files]
    for number, (label, _) in enumerate(written(params)):
        page = Image.new("L", (324, 36), 255)
        ImageDraw.Draw(page).text((10, 8), label, 0, fonts[number % len(fonts)])
        yield LabeledImage(label, np.asarray(page))


def real_images(path: Path, split: str, params: Params) -> list[LabeledImage]:
    """The images of a real split whose label is usable by the project's own rule."""
    markers = unusable_labels(params)
    samples = (
        (normalize(sample.label or "", CASE, params.vocabulary.unicode_form), sample.image)
        for sample in FolderSource(path).samples(split)
    )
    return [LabeledImage(label, decode(image)) for label, image in samples if label and label not in markers]


def unusable_labels(params: Params) -> set[str]:
    """The normalized markers of unusable labels."""
    markers = params.validate_.rules.label_usable.markers
    return {normalize(marker, CASE, params.vocabulary.unicode_form) for marker in markers}


def print_row(name: str, row: Row, default: float) -> None:
    """Print a row of the table."""
    metrics = row.metrics
    interval = f"{metrics['cer_low']:.3f} to {metrics['cer_high']:.3f}"
    cells = (f"{metrics['cer']:.3f}", interval, f"{metrics['exact']:.3f}", f"{metrics['cer'] / default:.2f}")
    print(f"| {name} | {' | '.join(cells)} | {row.images_per_second:.0f} |", flush=True)


def main() -> None:
    """Print the table as Markdown, each row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="real labeled images, as the folder source takes them")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--images", type=int, default=6000, help="synthetic training images (default: 6000)")
    parser.add_argument("--epochs", type=int, default=3, help="passes over them (default: 3)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    configure_determinism(2)
    real = real_images(options.zip, options.split, changed_params({}))
    ablation = Ablation(options.images, options.epochs, real)
    print(f"{options.images:,} synthetic images, {options.epochs} epochs; CER on {len(real)} real images\n")
    print("| model | CER | 95 % interval | exact | ratio to the default | images/s |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    rows = {name: ablation.row(values) for name, values in STEPS.items()}
    default = rows[DEFAULT].metrics["cer"]
    for name, row in rows.items():
        print_row(name, row, default)
    for name, values in OPTIONS.items():
        print_row(name, ablation.row(values), default)


if __name__ == "__main__":
    main()
