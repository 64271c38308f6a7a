"""Which letters does a model that has seen synthetic images alone misread on real ones, and what do they look like?

    python benchmarks/letter_confusions.py --data FORMS.zip [--split train] [--out confusions.png]

The table has the most frequent pairs of a letter and what greedy decoding predicts in its place. The figure shows, for
each pair, real letters that were misread, and below them all ways in which the generator draws that letter. What is
missing there belongs into `src/inkpipe/synthetic/glyphs.txt`. The split is `train` unless told otherwise: the generator
must not be tuned to a split that models are scored on.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from decoding import from_files
from inkpipe.data.vocabulary import BLANK, Vocabulary
from inkpipe.model.artifacts import load_model
from inkpipe.synthetic.glyphs import glyph_variants

BATCH = 256  # images recognized at once
PIXELS_PER_FRAME = 4  # of the default network
REACH = 18  # pixels shown on either side of a letter


class Misread(NamedTuple):
    """A letter that was misread: the number of its image, and its place there in pixels."""

    image: int
    x: int


def best_path(logits: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """What greedy decoding predicts from logits (frames, classes): class ids, and the frames at which they begin."""
    best = logits.argmax(axis=1)
    frames = np.flatnonzero((np.diff(best, prepend=BLANK) != 0) & (best != BLANK))
    return best[frames], frames


def confusions(
    labels: Sequence[str], logits: NDArray[np.float32], vocabulary: Vocabulary
) -> Mapping[tuple[str, str], Sequence[Misread]]:
    """The misread letters by the pair of the letter in the label and the one that was read."""
    pairs: dict[tuple[str, str], list[Misread]] = defaultdict(list)
    for image, label in enumerate(labels):
        ids, frames = best_path(logits[image])
        text = vocabulary.decode(ids.tolist())
        if len(text) != len(ids):
            continue  # a class that has no character: the places would be shifted
        for edit in Levenshtein.editops(label, text):
            if edit.tag == "replace":
                place = Misread(image, int(frames[edit.dest_pos]) * PIXELS_PER_FRAME)
                pairs[label[edit.src_pos], text[edit.dest_pos]].append(place)
    return dict(sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def draw(
    pairs: Mapping[tuple[str, str], Sequence[Misread]], images: NDArray[np.uint8], columns: int, out: Path
) -> None:
    """Draw two rows for each pair: misread letters, and the generator's capitals of the letter."""
    figure, axes = plt.subplots(2 * len(pairs), columns, figsize=(1.2 * columns, 2.6 * len(pairs)), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for row, ((letter, read), places) in enumerate(pairs.items()):
        axes[2 * row, 0].set_title(f"{letter} read as {read}", loc="left")
        for axis, place in zip(axes[2 * row], evenly(places, columns), strict=False):
            left = max(0, place.x - REACH)
            axis.imshow(images[place.image][:, left : left + 2 * REACH], cmap="gray", vmin=0, vmax=255)
        draw_glyphs(axes[2 * row + 1], letter)
    figure.tight_layout()
    figure.savefig(out, dpi=60)


def draw_glyphs(axes: Sequence[Axes], letter: str) -> None:
    """Draw the capitals of a letter, the most frequent ones first, one in each of the axes."""
    glyphs = sorted(glyph_variants().get((letter, "cap"), ()), key=lambda glyph: -glyph.weight)
    for axis, glyph in zip(axes, glyphs, strict=False):
        for stroke in range(glyph.strokes):
            axis.plot(*glyph.points[glyph.stroke == stroke].T, "r", linewidth=2)
        axis.set_aspect("equal")


def evenly(places: Sequence[Misread], count: int) -> Iterator[Misread]:
    """At most `count` of them, evenly spaced."""
    for index in np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(int):
        yield places[index]


def main() -> None:
    """Print the table and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/model"), help="folder of a model")
    parser.add_argument("--data", type=Path, required=True, help="folder or zip of labeled images")
    parser.add_argument("--split", default="train", help="train, validation or test")
    parser.add_argument("--pairs", type=int, default=16, help="rows of the table and of the figure")
    parser.add_argument("--columns", type=int, default=30, help="letters in a row of the figure")
    parser.add_argument("--out", type=Path, default=Path("confusions.png"), help="the figure")
    arguments = parser.parse_args()
    loaded = load_model(arguments.model)
    labels, images = zip(*from_files(arguments.data, arguments.split, loaded), strict=True)
    stacked = np.stack(images)
    logits = np.concatenate([loaded.model.logits(stacked[i : i + BATCH]) for i in range(0, len(stacked), BATCH)])
    pairs = confusions(labels, logits, loaded.vocabulary)
    letters = sum(map(len, labels))
    print(f"{len(labels):,} images, {letters:,} letters, {sum(map(len, pairs.values())):,} of them read as another one")
    print("| letter | read as | times |\n| --- | --- | ---: |")
    shown = dict(list(pairs.items())[: arguments.pairs])
    for (letter, read), places in shown.items():
        print(f"| {letter} | {read} | {len(places)} |")
    draw(shown, stacked, arguments.columns, arguments.out)
    print(f"the letters are drawn in {arguments.out}")


if __name__ == "__main__":
    main()
