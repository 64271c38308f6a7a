"""Contact sheets, to judge by eye what the simulator draws, what cleaning does and what distortions do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inkpipe.augment import AUGMENTATIONS, alone, augment
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.files import whole_file
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.imaging.pipeline import OPTIONS
from inkpipe.params import Params
from inkpipe.params.augment import MAX_STRENGTH
from inkpipe.sheets import Picture, encode_png, sheet
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.synthetic.source import draw_chunk

STRENGTHS = (0.5, 1.0, 2.0)  # times what params.yaml says
SIDE_BY_SIDE = 24  # images of each kind
COLUMNS = 4
PLAIN = {  # sized and nothing else: what each option of preprocessing is compared with
    "denoise": "none",
    "contrast": "none",
    "deskew": "none",
    "crop": "none",
    "deslant": "none",
    "core_height": 0.0,
    "stroke_width": 0.0,
    "features": "pixels",
}


class Labelled(NamedTuple):
    """A decoded image and its label."""

    label: str
    image: Picture


def render_sheets(params: Params, out: Path, data: Path | None, split: str) -> list[Path]:
    """Render all contact sheets as PNG files.

    Args:
        params: `preprocess`, `augment` and `data.synthetic` decide what is shown, `seed` which of many.
        out: the folder to write into.
        data: a directory or .zip of labelled images to set beside the synthetic ones and to show the rest on, or none.
        split: which of its splits.

    Returns:
        The files, in the order in which to look at them.

    Raises:
        InkpipeError: the data cannot be used or holds no readable image, or `out` cannot be written.
    """
    synthetic = _readable(draw_chunk(params.data.synthetic, params.seed, "test", range(SIDE_BY_SIDE)))
    real = _readable(FolderSource(data).samples(split)) if data else []
    if data and not real:
        raise InkpipeError(f"No image can be read in the {split} split of {data}. Name data that has some.")
    shown = real or synthetic
    sheets = {
        "images": beside(synthetic, real),
        "preprocessing": preprocessing(shown, params),
        "augmentation": augmentation(shown, params),
    }
    paths = [out / f"{name}.png" for name in sheets]
    for path, picture in zip(paths, sheets.values(), strict=True):
        with whole_file(path) as partial:
            partial.write_bytes(encode_png(picture))
    return paths


def beside(synthetic: Sequence[Labelled], real: Sequence[Labelled]) -> Picture:
    """Synthetic images in the left columns, real ones in the right, as they come; no real ones, synthetic alone."""
    kinds = [(f"{kind}: ", images) for kind, images in (("synthetic", synthetic), ("real", real)) if images]
    width = COLUMNS // len(kinds)
    rows = range(min(len(images) for _, images in kinds) // width or 1)
    table = [
        [(kind + each.label, each.image) for kind, images in kinds for each in images[row * width : (row + 1) * width]]
        for row in rows
    ]
    return _sheet(table, "Images as they come")


def preprocessing(samples: Sequence[Labelled], params: Params) -> Picture:
    """A row for each option: the two images that it changes most, each sized alone and then with that one option on."""
    plain = params.preprocess.model_copy(update=PLAIN)
    before = [prepare(sample.image, plain) for sample in samples]
    table = []
    for name, settings in OPTIONS.items():
        after = [prepare(sample.image, plain.model_copy(update=settings)) for sample in samples]
        most = sorted(range(len(samples)), key=lambda i: -_change(before[i], after[i]))[: COLUMNS // 2]
        table.append([pair for i in most for pair in (("before", before[i]), (name, after[i]))])
    return _sheet(table, "Preprocessing before and after, one option at a time")


def augmentation(samples: Sequence[Labelled], params: Params) -> Picture:
    """A row for each distortion: an image untouched, then at half, full and (where allowed) double strength."""
    preprocess = params.preprocess.model_copy(update={"features": "pixels"})  # what distortions work on
    table = []
    for i, name in enumerate(AUGMENTATIONS):
        image = prepare(samples[i % len(samples)].image, preprocess)
        row = [("untouched", image)]
        for factor in STRENGTHS:
            settings = alone(name, params.augment, min(factor, _largest_factor(name, params)))
            strength = getattr(settings, name).strength
            row.append((f"{name} {strength:g}", augment(image, np.random.default_rng([params.seed, i]), settings)))
        table.append(row)
    return _sheet(table, "Distortions of training images at half, full and double strength")


def _largest_factor(name: str, params: Params) -> float:
    strength = getattr(params.augment, name).strength
    return MAX_STRENGTH[name] / strength if strength else 1.0


def _readable(samples: Iterable[Sample]) -> list[Labelled]:
    """The first images that can be decoded."""
    return list(islice(_decoded(samples), SIDE_BY_SIDE))


def _decoded(samples: Iterable[Sample]) -> Iterable[Labelled]:
    for sample in samples:
        try:
            yield Labelled(sample.label or "", decode(sample.image))
        except UnreadableImage:
            continue  # the contract counts and names them; a sheet only shows what can be shown


def _change(before: Picture, after: Picture) -> float:
    """Mean difference in grey levels; 0 between pictures of different sizes, such as pixels and features."""
    return float(np.abs(before.astype(int) - after).mean()) if before.shape == after.shape else 0.0


def _sheet(table: Sequence[Sequence[tuple[str, Picture]]], title: str) -> Picture:
    images = [[image for _, image in row] for row in table]
    return sheet(images, [[caption for caption, _ in row] for row in table], title=title)
