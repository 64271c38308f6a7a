"""What each part of the default is worth: CER on real forms of readers trained on drawn images alone.

Every row trains the `crnn` preset anew, on the same number of drawn images for the same number of epochs with the same
seed, and reads the same real images. The first rows add one part after the other; the others change one cleaning
option of the default. The named reference is the last of the first rows, the default. Images a second are those of
training alone, distortions included; compare them only on a machine that does nothing else.

    python benchmarks/ablation.py --zip FORMS.zip --split validation
"""

from __future__ import annotations

import argparse
import copy
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import matplotlib.font_manager
import numpy as np
import tensorflow as tf
import yaml
from PIL import Image, ImageDraw, ImageFont

from inkpipe.augment import augment
from inkpipe.imaging import decode, prepare
from inkpipe.metrics import Scores, score
from inkpipe.model.architectures import build_network
from inkpipe.model.ocr import CTCOCRModel, as_input
from inkpipe.model.optimizers import build_optimizer
from inkpipe.model.runtime import configure_runtime
from inkpipe.params import Params, parse_params
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.synthetic import SyntheticSource
from inkpipe.vocabulary import Vocabulary, normalise

ROOT = Path(__file__).parents[1]
VOCABULARY = Vocabulary(tuple(" '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"))
UNUSABLE = {"", "UNREADABLE", "EMPTY"}
Values = dict[str, Any]
Pages = list[tuple[str, np.ndarray]]  # labels and images, uint8 (height, width)


class Row(NamedTuple):
    """What a reader reached on the real images, and at how many images a second it was trained."""

    scores: Scores
    speed: float


_kept: dict[tuple[bool, str, int], Pages] = {}

DEFAULT = "+ augmentation (the default)"

STILL_HAND: Values = {
    f"data.synthetic.writer.{name}": value
    for name, value in {
        "height_spread": 0.0,
        "aspect_spread": 0.0,
        "slant_spread": 0.0,
        "width_spread": 0.0,
        "title_case_share": 0.0,
        "mixed_case_share": 0.0,
        "stray_small_letters": 0.0,
        "letter_noise": [0.0, 0.0],
        "stroke_noise": [0.0, 0.0],
        "bend": [0.0, 0.0],
        "tremor": [0.0, 0.0],
        "wander": [0.0, 0.0],
        "pressure": [0.0, 0.0],
        "fading_share": 0.0,
        "retouch_share": 0.0,
    }.items()
}
BARE_FORM: Values = {
    "data.synthetic.form.layouts": {"bare": 1},
    "data.synthetic.form.neighbour_share": 0.0,
    "data.synthetic.form.specks": 0.0,
    "data.synthetic.form.rule_share": 0.0,
    "data.synthetic.form.box_share": 0.0,
}
UNDISTORTED: Values = {"augment.enabled": False}
STEPS: dict[str, Values] = {
    "printed fonts": {**UNDISTORTED, "fonts": True},
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


def changed(values: Values, images: int, epochs: int) -> Params:
    """The project's params with some values replaced."""
    content = copy.deepcopy(yaml.safe_load((ROOT / "params.yaml").read_text()))
    for name, value in {**values, "data.synthetic.train": images, "epochs": epochs}.items():
        *sections, last = name.split(".")
        inner = content
        for section in sections:
            inner = inner[section]
        inner[last] = value
    return parse_params(content)


def drawn(params: Params) -> Iterator[tuple[str, np.ndarray]]:
    """The simulator's training labels and images."""
    for sample in SyntheticSource(params.data.synthetic, params.seed).samples("train"):
        yield str(sample.label), decode(sample.image)


def printed(params: Params) -> Iterator[tuple[str, np.ndarray]]:
    """The same labels in the fonts that matplotlib ships, one size, black on white."""
    folder = Path(matplotlib.get_data_path()) / "fonts/ttf"
    files = sorted(path for path in folder.glob("DejaVu*.ttf") if "Display" not in path.name)
    fonts = [ImageFont.truetype(str(path), 18) for path in files]
    for number, (label, _) in enumerate(drawn(params)):
        page = Image.new("L", (324, 36), 255)
        ImageDraw.Draw(page).text((10, 8), label, 0, fonts[number % len(fonts)])
        yield label, np.asarray(page)


def real(path: Path, split: str) -> Pages:
    """The usable labels and images of a real split."""
    samples = [(normalise(s.label or "", "upper", "NFC"), s.image) for s in FolderSource(path).samples(split)]
    return [(label, decode(image)) for label, image in samples if label not in UNUSABLE]


def trained(params: Params, labels: list[str], images: np.ndarray) -> tuple[CTCOCRModel, float]:
    """A reader trained on prepared images, and at how many images a second."""
    keras.utils.set_random_seed(params.seed)
    model = CTCOCRModel(build_network(params, images.shape[1:], VOCABULARY.classes), VOCABULARY)
    steps = -(-len(images) // params.batch_size)
    model.compile(optimizer=build_optimizer(params, steps * params.epochs), jit_compile=False)
    batched = batches(params, labels, images)
    started = time.monotonic()
    model.fit(batched, epochs=params.epochs, steps_per_epoch=steps, shuffle=False, verbose=0)
    return model, steps * params.batch_size * params.epochs / (time.monotonic() - started)


def batches(params: Params, labels: list[str], images: np.ndarray) -> tf.data.Dataset:
    """Shuffled, distorted if so set, for ever; what `records.training_batches` gives, from memory."""
    ids = [VOCABULARY.encode(label) for label in labels]
    padded = np.full((len(ids), max(map(len, ids))), VOCABULARY.padding, np.int32)
    for row, label in zip(padded, ids, strict=True):
        row[: len(label)] = label

    def distorted(number: tf.Tensor, pair: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.numpy_function(distort, [number, pair[0]], tf.uint8)
        return tf.ensure_shape(image, images.shape[1:]), pair[1]

    def distort(number: np.ndarray, image: np.ndarray) -> np.ndarray:
        return augment(image, np.random.default_rng([params.seed, int(number)]), params.augment)

    elements = tf.data.Dataset.from_tensor_slices((images, padded)).shuffle(len(images), params.seed)
    elements = elements.repeat().enumerate()
    if params.augment.enabled:
        elements = elements.map(distorted, num_parallel_calls=2)
    else:
        elements = elements.map(lambda _, pair: pair)
    return elements.batch(params.batch_size).map(lambda x, y: (as_input(x), y)).prefetch(4)


def pages_of(params: Params, fonts: bool) -> Pages:
    """All training labels and images of a source, those of the last source kept: most rows share theirs."""
    wanted = (fonts, params.data.synthetic.model_dump_json(), params.seed)
    if wanted not in _kept:
        _kept.clear()
        _kept[wanted] = list(printed(params) if fonts else drawn(params))
    return _kept[wanted]


def row(values: Values, given: argparse.Namespace, real_pages: Pages) -> Row:
    """Train with some values replaced, and score on the real images."""
    values = dict(values)
    fonts = values.pop("fonts", False)
    params = changed(values, given.images, given.epochs)
    labels, images = zip(*pages_of(params, fonts), strict=True)
    model, speed = trained(params, list(labels), np.stack([prepare(image, params.preprocess) for image in images]))
    truth, pages = zip(*real_pages, strict=True)
    reads = model.read(np.stack([prepare(page, params.preprocess) for page in pages]))
    return Row(score(truth, [text for text, _ in reads], 1000, params.seed), speed)


def main() -> None:
    """Print the table as Markdown, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="real labelled images, as the folder source takes them")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--images", type=int, default=6000, help="drawn training images (default: 6000)")
    parser.add_argument("--epochs", type=int, default=3, help="passes over them (default: 3)")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    configure_runtime(2)
    pages = real(given.zip, given.split)
    print(f"{given.images:,} drawn images, {given.epochs} epochs; CER on {len(pages)} real images\n")
    print("| reader | CER | 95 % interval | exact | ratio to the default | images/s |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    results = {name: row(values, given, pages) for name, values in STEPS.items()}
    default = results[DEFAULT].scores.cer
    for name, result in results.items():
        show(name, result, default)
    for name, values in OPTIONS.items():
        show(name, row(values, given, pages), default)


def show(name: str, row: Row, default: float) -> None:
    """Print a row of the table."""
    found = row.scores
    cells = (f"{found.cer:.3f}", f"{found.cer_low:.3f} to {found.cer_high:.3f}", f"{found.exact:.3f}")
    print(f"| {name} | {' | '.join(cells)} | {found.cer / default:.2f} | {row.speed:.0f} |", flush=True)


if __name__ == "__main__":
    main()
