"""Are the simulator's images like real ones? Distributions of what can be measured on both, side by side.

    python benchmarks/synthetic_realism.py --zip ../shared/handwritten-names/handwritten-names-sample.zip

Reads the train split of the zip only (tuning to a split that scores a reader would spoil the score) and draws as many
images. Writes one figure and prints one table: the quartiles of every distribution and the Kolmogorov-Smirnov distance
(0: the same, 1: no overlap).
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
from inkpipe.sources.synthetic import SyntheticSource
from inkpipe.sources.synthetic.form import LAYOUTS, Layout

Image = NDArray[np.uint8]
Measures = dict[str, list[float]]
SHEARS = np.tan(np.radians(np.arange(-30, 31, 2)))


def main() -> None:
    """Measure, print, draw."""
    options = _options()
    real = measure(_real(options.zip, options.images))
    synthetic = measure(_synthetic(options.images, options.seed))
    table = compare(real, synthetic)
    print(table.to_string(float_format=lambda value: f"{value:.2f}"))
    options.figure.parent.mkdir(parents=True, exist_ok=True)
    plot(real, synthetic, options.figure)


def measure(images: Iterator[tuple[Image, str]]) -> dict[str, list[float]]:
    """All measures of all images; those of letters are taken on the line that the form's layout gives to the name."""
    found: dict[str, list[float]] = {}
    for image, label in images:
        ink = 255 - image
        values = {
            "width (px)": [float(image.shape[1])],
            "height (px)": [float(image.shape[0])],
            "ink share": [float(ink.mean() / 255)],
            "label length": [float(len(label))],
            "grey share of ink": [float(((ink > 8) & (ink < 192)).sum() / max((ink > 8).sum(), 1))],
            "darkest grey": [float(image.min())],
        }
        layout = min(LAYOUTS.values(), key=lambda known: _distance(known, image))
        values |= _name_measures(ink, layout, label)
        for name, value in values.items():
            found.setdefault(name, []).extend(value)
    return found


def _distance(layout: Layout, image: Image) -> float:
    height, width = image.shape
    low, high = layout.height
    return abs(width - layout.width) + max(low - height, height - high, 0)


def _name_measures(ink: Image, layout: Layout, label: str) -> Measures:
    top, bottom = max(0, round(layout.line - 12)), round(layout.line + 12)
    left = round(layout.first - layout.pitch)
    boxes = [box for box in _components(ink) if box[0] >= left and top <= box[1] + box[3] / 2 <= bottom and box[3] >= 7]
    inside = sum(int(ink[y : y + h, x : x + w].sum()) for x, y, w, h in boxes)
    values: Measures = {"furniture share": [1 - inside / max(int(ink.sum()), 1)]}
    if not boxes:
        return values
    boxes.sort()
    x0, x1 = boxes[0][0], max(x + w for x, _, w, _ in boxes)
    y0, y1 = min(y for _, y, _, _ in boxes), max(y + h for _, y, _, h in boxes)
    name = ink[y0:y1, x0:x1]
    ends = np.maximum.accumulate([x + w for x, _, w, _ in boxes])
    letters = len(label.replace(" ", ""))
    values |= {
        "letter height (px)": [float(h) for _, _, _, h in boxes],
        "letter width (px)": [float(w) for _, _, w, _ in boxes],
        "gap (px)": [float(box[0] - end) for box, end in zip(boxes[1:], ends, strict=False)],
        "pitch (px)": [(x1 - x0) / max(len(label), 1)] if len(label) > 2 else [],
        "components a letter": [len(boxes) / max(letters, 1)],
        "start (px)": [float(x0)],
        "middle of the line (px)": [(y0 + y1) / 2 - layout.line],
        "stroke width (px)": [_stroke_width(name)],
        "stroke width spread": [_stroke_spread(name)],
        "slant (deg)": [_slant(name)],
    }
    return values


def _components(ink: Image) -> list[tuple[int, int, int, int]]:
    _, _, stats, _ = cv2.connectedComponentsWithStats((ink > 64).astype(np.uint8))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in stats[1:]]


def _ridge(name: Image) -> NDArray[np.float64]:
    """Line widths along the strokes' middles: twice the distance transform's ridge at four times the resolution."""
    large = cv2.resize(np.pad(name, 2), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    distance = cv2.distanceTransform((large > 96).astype(np.uint8), cv2.DIST_L2, 5)
    ridge = distance[(distance >= 1) & (distance == maximum_filter(distance, 5))]
    return ridge.astype(np.float64) * 2 / 4


def _stroke_width(name: Image) -> float:
    ridge = _ridge(name)
    return float(np.median(ridge)) if ridge.size else 0.0


def _stroke_spread(name: Image) -> float:
    ridge = _ridge(name)
    return float(ridge.std() / ridge.mean()) if ridge.size else 0.0


def _slant(name: Image) -> float:
    """The shear that makes upright strokes stand highest in the column sums (Vinciarelli & Luettin 2001)."""
    large = cv2.resize(name, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    large = (large > 96).astype(np.uint8)  # every shear then only moves pixels, so none is favoured by interpolation
    height, width = large.shape
    best = []
    for shear in SHEARS:
        matrix = np.array([[1, shear, height], [0, 1, 0]], np.float32)
        columns = cv2.warpAffine(large, matrix, (width + 2 * height, height), flags=cv2.INTER_NEAREST).sum(axis=0)
        best.append((columns.astype(np.float64) ** 2).sum())
    return float(np.degrees(np.arctan(SHEARS[int(np.argmax(best))])))


def compare(real: Measures, synthetic: Measures) -> pd.DataFrame:
    """One row a measure: quartiles of both, and how far the distributions lie apart."""
    rows: dict[str, dict[str, Any]] = {}
    for name in real:
        quartiles = [np.percentile(side[name], (5, 25, 50, 75, 95)) for side in (real, synthetic)]
        row = {
            f"{who} {q}%": v
            for who, vs in zip(("real", "syn"), quartiles, strict=True)
            for q, v in zip((5, 25, 50, 75, 95), vs, strict=True)
        }
        rows[name] = row | {"KS": ks_2samp(real[name], synthetic[name]).statistic}
    return pd.DataFrame.from_dict(rows, orient="index")


def plot(real: Measures, synthetic: Measures, path: Path) -> None:
    """One panel a measure, both histograms over each other."""
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
    params = load_params().data.synthetic.model_copy(update={"train": images})
    for sample in SyntheticSource(params, seed).samples("train"):
        data = np.frombuffer(sample.image, np.uint8)
        yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), str(sample.label)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="labelled images in the Kaggle layout")
    parser.add_argument("--images", type=int, default=1500, help="of each kind (default 1500)")
    parser.add_argument("--seed", type=int, default=1, help="of the simulator (default 1)")
    parser.add_argument("--figure", type=Path, default=Path("benchmarks/synthetic_realism.png"), help="what to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
