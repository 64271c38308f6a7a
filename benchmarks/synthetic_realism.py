"""How realistic are the synthetic images? The distributions of measures taken on synthetic and on real images.

    python benchmarks/synthetic_realism.py --zip FORMS.zip

The real images come from the train split alone: the generator must not be tuned to a split that models are scored on.
The same number of images is generated. The output is a figure, and a table with percentiles of every distribution and
the Kolmogorov-Smirnov distance between real and synthetic (0: the same, 1: no overlap).
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.stats import ks_2samp

from inkpipe.params import load_params
from inkpipe.synthetic.form_layouts import LAYOUTS, FormLayout
from inkpipe.synthetic.generate import generate

Image = NDArray[np.uint8]
Measures = dict[str, list[float]]  # values of all images by the name of the measure
SHEARS = np.tan(np.radians(np.arange(-30, 31, 2)))  # slants that are tried, every 2 degrees
PERCENTILES = (5, 25, 50, 75, 95)
MAX_LINE_OFFSET = 12  # pixels between the center of the name's line and the center of a letter of the name
MIN_LETTER_HEIGHT = 7  # pixels; smaller components are accents, dots and dust
GRAY_LEVELS = (8, 192)  # of ink (0: background, 255: black) between which a pixel counts as gray
COMPONENT_LEVEL, OUTLINE_LEVEL = 64, 96  # of ink above which a pixel belongs to a component, an enlarged stroke
ENLARGEMENT = 4  # for measuring widths and slants below a pixel


def main() -> None:
    """Measure real and synthetic images, print the table, write the figure."""
    options = _options()
    real = measure(_real(options.zip, options.images))
    synthetic = measure(_synthetic(options.images, options.seed))
    table = compare(real, synthetic)
    print(table.to_string(float_format=lambda value: f"{value:.2f}"))
    options.figure.parent.mkdir(parents=True, exist_ok=True)
    plot(real, synthetic, options.figure)


def measure(images: Iterator[tuple[Image, str]]) -> Measures:
    """Take all measures of all images.

    Args:
        images: gray images (height, width) and their labels.

    Returns:
        The values by measure. Measures of letters are taken where the nearest form layout has the name.
    """
    measures: Measures = {}
    for image, label in images:
        ink = 255 - image
        low, high = GRAY_LEVELS
        values = {
            "width (px)": [float(image.shape[1])],
            "height (px)": [float(image.shape[0])],
            "ink fraction": [float(ink.mean() / 255)],
            "label length": [float(len(label))],
            "gray fraction of ink": [float(((ink > low) & (ink < high)).sum() / max((ink > low).sum(), 1))],
            "darkest gray level": [float(image.min())],
        }
        values |= _name_measures(ink, _nearest_layout(image), label)
        for name, value in values.items():
            measures.setdefault(name, []).extend(value)
    return measures


def _nearest_layout(image: Image) -> FormLayout:
    """The layout whose images have the most similar size."""
    height, width = image.shape

    def distance(layout: FormLayout) -> float:
        low, high = layout.height_range
        return abs(width - layout.width) + max(low - height, height - high, 0)

    return min(LAYOUTS.values(), key=distance)


def _name_measures(ink: Image, layout: FormLayout, label: str) -> Measures:
    boxes = _letter_boxes(ink, layout)
    inside = sum(int(ink[y : y + h, x : x + w].sum()) for x, y, w, h in boxes)
    values: Measures = {"form clutter fraction": [1 - inside / max(int(ink.sum()), 1)]}
    if not boxes:
        return values
    x0, x1 = boxes[0][0], max(x + w for x, _, w, _ in boxes)
    y0, y1 = min(y for _, y, _, _ in boxes), max(y + h for _, y, _, h in boxes)
    name = ink[y0:y1, x0:x1]
    ends = np.maximum.accumulate([x + w for x, _, w, _ in boxes])
    letters = len(label.replace(" ", ""))
    return values | {
        "letter height (px)": [float(h) for _, _, _, h in boxes],
        "letter width (px)": [float(w) for _, _, w, _ in boxes],
        "gap between letters (px)": [float(box[0] - end) for box, end in zip(boxes[1:], ends, strict=False)],
        "width per letter (px)": [(x1 - x0) / max(len(label), 1)] if len(label) > 2 else [],
        "components per letter": [len(boxes) / max(letters, 1)],
        "start of the name (px)": [float(x0)],
        "center of the line (px)": [(y0 + y1) / 2 - layout.line_center],
        "stroke width (px)": [_stroke_width(name)],
        "stroke width variation": [_stroke_width_variation(name)],
        "slant (degrees)": [_slant(name)],
    }


def _letter_boxes(ink: Image, layout: FormLayout) -> list[tuple[int, int, int, int]]:
    """Bounding boxes (x, y, width, height) of the connected components on the name's line, from left to right."""
    top, bottom = max(0, round(layout.line_center - MAX_LINE_OFFSET)), round(layout.line_center + MAX_LINE_OFFSET)
    left = round(layout.first_cell - layout.cell_width)
    return sorted(
        (x, y, w, h)
        for x, y, w, h in _components(ink)
        if x >= left and top <= y + h / 2 <= bottom and h >= MIN_LETTER_HEIGHT
    )


def _components(ink: Image) -> list[tuple[int, int, int, int]]:
    _, _, stats, _ = cv2.connectedComponentsWithStats((ink > COMPONENT_LEVEL).astype(np.uint8))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in stats[1:]]


def _enlarged(name: Image) -> Image:
    """Whether each pixel of the enlarged name belongs to a stroke: 0 or 1."""
    large = cv2.resize(name, None, fx=ENLARGEMENT, fy=ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
    return (large > OUTLINE_LEVEL).astype(np.uint8)


def _widths(name: Image) -> NDArray[np.float64]:
    """Widths of the line along the middles of strokes, in pixels: twice the ridge of the distance transform."""
    distance = cv2.distanceTransform(_enlarged(np.pad(name, 2)), cv2.DIST_L2, 5)
    ridge = distance[(distance >= 1) & (distance == maximum_filter(distance, 5))]
    return ridge.astype(np.float64) * 2 / ENLARGEMENT


def _stroke_width(name: Image) -> float:
    widths = _widths(name)
    return float(np.median(widths)) if widths.size else 0.0


def _stroke_width_variation(name: Image) -> float:
    """Standard deviation of the line's width, divided by its mean."""
    widths = _widths(name)
    return float(widths.std() / widths.mean()) if widths.size else 0.0


def _slant(name: Image) -> float:
    """The shear after which upright strokes stand highest in the column sums.

    A. Vinciarelli, J. Luettin: A new normalization technique for cursive handwritten words, 2001. The image is binary
    and shears only move its pixels, so that interpolation favors none of them.
    """
    large = _enlarged(name)
    height, width = large.shape
    scores = []
    for shear in SHEARS:
        matrix = np.array([[1, shear, height], [0, 1, 0]], np.float32)
        columns = cv2.warpAffine(large, matrix, (width + 2 * height, height), flags=cv2.INTER_NEAREST).sum(axis=0)
        scores.append((columns.astype(np.float64) ** 2).sum())
    return float(np.degrees(np.arctan(SHEARS[int(np.argmax(scores))])))


def compare(real: Measures, synthetic: Measures) -> pd.DataFrame:
    """Compare the distributions.

    Args:
        real: from `measure`.
        synthetic: from `measure`.

    Returns:
        One row per measure: percentiles of both, and the Kolmogorov-Smirnov distance between them.
    """
    rows: dict[str, dict[str, Any]] = {}
    for name in real:
        row = {
            f"{kind} {q}%": value
            for kind, measures in (("real", real), ("synthetic", synthetic))
            for q, value in zip(PERCENTILES, np.percentile(measures[name], PERCENTILES), strict=True)
        }
        rows[name] = row | {"KS": ks_2samp(real[name], synthetic[name]).statistic}
    return pd.DataFrame.from_dict(rows, orient="index")


def plot(real: Measures, synthetic: Measures, path: Path) -> None:
    """Write the figure: one panel per measure with both histograms.

    Args:
        real: from `measure`.
        synthetic: from `measure`.
        path: of the PNG file.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = -(-len(real) // 4)
    figure, axes = plt.subplots(rows, 4, figsize=(16, 2.6 * rows), layout="constrained")
    for axis in axes.flat[len(real) :]:
        axis.set_visible(False)
    for axis, name in zip(axes.flat, real, strict=False):
        both = np.concatenate([real[name], synthetic[name]])
        low, high = np.percentile(both, (0.5, 99.5))
        bins = np.linspace(low - 1e-6, high + 1e-6, 31).tolist()
        axis.hist(real[name], bins, density=True, color="0.7", label="real")
        axis.hist(synthetic[name], bins, density=True, histtype="step", color="tab:red", lw=1.6, label="synthetic")
        axis.set_title(name)
        axis.set_yticks([])
    axes.flat[0].legend()
    figure.savefig(path, dpi=90)


def _real(path: Path, images: int) -> Iterator[tuple[Image, str]]:
    with zipfile.ZipFile(path) as archive:
        table = pd.read_csv(io.BytesIO(archive.read("written_name_train_v2.csv")), keep_default_na=False)
        for row in table.sample(min(images, len(table)), random_state=0).itertuples():
            data = np.frombuffer(archive.read(f"train_v2/train/{row.FILENAME}"), np.uint8)
            yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), str(row.IDENTITY)


def _synthetic(images: int, seed: int) -> Iterator[tuple[Image, str]]:
    for sample in generate(load_params().synthetic, seed, "train", range(images)):
        data = np.frombuffer(sample.image, np.uint8)
        yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), str(sample.label)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="labeled images in the Kaggle layout")
    parser.add_argument("--images", type=int, default=1500, help="real and synthetic images each (default 1500)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator (default 1)")
    parser.add_argument(
        "--figure", type=Path, default=Path("benchmarks/synthetic_realism.png"), help="PNG file to write"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
