"""Contact sheets, to judge by eye what the simulator draws, what cleaning does and what distortions do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from inkpipe.augment import AUGMENTATIONS, alone, augment
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.imaging import OPTIONS, UnreadableImage, decode, prepare
from inkpipe.imaging.deskew import rotate
from inkpipe.imaging.deslant import shear
from inkpipe.imaging.features import PIXELS_PER_FRAME
from inkpipe.imaging.resize import limit
from inkpipe.params import Params
from inkpipe.params.augment import MAX_STRENGTH, AugmentParams
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.sheets import Picture, encode_png, sheet
from inkpipe.sources.synthetic.source import draw_chunk

STRENGTHS = (0.5, 1.0, 2.0)  # times what params.yaml says
SIDE_BY_SIDE = 24  # images of each kind
COLUMNS = 4
TRIES = 16  # of a distortion, whose chance draws anything up to its strength: the strongest one is shown
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


def render_sheets(params: Params, real: Iterable[Sample] | None = None) -> dict[str, bytes]:
    """Render all contact sheets.

    Args:
        params: `preprocess`, `augment` and `data.synthetic` decide what is shown, `seed` which of many.
        real: images to set beside the synthetic ones and to show the rest on; no more are taken than are shown.

    Returns:
        PNGs by name, in the order in which to look at them: `images`, `preprocessing`, `augmentation`. The same
        arguments give the same bytes.

    Raises:
        InkpipeError: no real image can be read, though some are asked for.
    """
    drawn = draw_chunk(params.data.synthetic, params.seed, "test", range(SIDE_BY_SIDE))
    synthetic, readable = (list(islice(_readable(samples, params), SIDE_BY_SIDE)) for samples in (drawn, real or ()))
    if real is not None and not readable:
        raise InkpipeError("No image can be read to make contact sheets of. Name data, and a split of it, with some.")
    shown = readable or synthetic
    pictures = {
        "images": beside(synthetic, readable),
        "preprocessing": preprocessing(shown, params),
        "augmentation": augmentation(shown, params),
    }
    return {name: encode_png(picture) for name, picture in pictures.items()}


def beside(synthetic: Sequence[Labelled], real: Sequence[Labelled]) -> Picture:
    """Synthetic images in the left columns, real ones in the right, as they come; no real ones, synthetic alone."""
    kinds = [(f"{kind}: ", images) for kind, images in (("synthetic", synthetic), ("real", real)) if images]
    width = COLUMNS // len(kinds)
    rows = range(min(len(images) for _, images in kinds) // width or 1)
    table = [
        [(kind + each.label, each.image) for kind, images in kinds for each in images[row * width : (row + 1) * width]]
        for row in rows
    ]
    title = "Synthetic images beside real ones, as they come" if real else "Synthetic images as they come"
    return _sheet(table, title)


def preprocessing(samples: Sequence[Labelled], params: Params) -> Picture:
    """A row for each option: two images, each sized alone and then with that one option on.

    They are the images that it changes most. Scans have little of what some options mend, so for those the second is
    the image that it changes most once such a fault is put into all of them.
    """
    plain = params.preprocess.model_copy(update=PLAIN)
    scans = [sample.image for sample in samples]
    table = []
    for name, settings in OPTIONS.items():
        cleaning = plain.model_copy(update=settings)
        pairs = [("before", pair) for pair in _most_changed(scans, plain, cleaning)]
        if fault := FAULTS.get(next(iter(settings))):
            faulty = _most_changed([fault.put(scan) for scan in scans], plain, cleaning)
            pairs[1:] = [(f"before, {fault.name}", faulty[0])]
        table.append(
            [cell for was, pair in pairs for cell in ((was, pair.before), (name, _as_paper(pair.after, settings)))]
        )
    return _sheet(table, "Preprocessing before and after, one option at a time")


def augmentation(samples: Sequence[Labelled], params: Params) -> Picture:
    """A row for each distortion: an image untouched, then at half, full and (where allowed) double strength."""
    preprocess = params.preprocess.model_copy(update={"features": "pixels"})  # what distortions work on
    table = []
    for i, name in enumerate(AUGMENTATIONS):
        image = prepare(samples[i % len(samples)].image, preprocess)
        most = _largest_factor(name, params)
        settings = [alone(name, params.augment, min(factor, most)) for factor in STRENGTHS]
        seeds = [[params.seed, i, attempt] for attempt in range(TRIES)]
        seed = max(seeds, key=lambda seed: _change(image, _distorted(image, seed, settings[-1])))
        distorted = [
            (f"{name} up to {getattr(each, name).strength:g}", _distorted(image, seed, each)) for each in settings
        ]
        table.append([("untouched", image), *distorted])
    return _sheet(table, "Distortions of training images at half, full and double strength")


class Fault(NamedTuple):
    """Something wrong with a scan, and how to put it into an image."""

    name: str
    put: Callable[[Picture], Picture]


def _with_noise(image: Picture) -> Picture:
    noise = np.random.default_rng(0).normal(0, 25, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _with_shadow(image: Picture) -> Picture:
    return np.rint(image * np.linspace(1.0, 0.5, image.shape[1])).astype(np.uint8)


FAULTS: Mapping[str, Fault] = {  # by the parameter whose options mend them
    "denoise": Fault("noise added", _with_noise),
    "contrast": Fault("shadow added", _with_shadow),
    "deskew": Fault("turned by 5°", lambda image: rotate(image, 5)),
    "deslant": Fault("leant by 20°", lambda image: shear(image, 20)),
}


class _Pair(NamedTuple):
    before: Picture
    after: Picture


def _most_changed(scans: Sequence[Picture], plain: PreprocessParams, cleaning: PreprocessParams) -> list[_Pair]:
    """The images that one way to prepare them makes most different from another, as many as a row has room for."""
    pairs = [_Pair(prepare(scan, plain), prepare(scan, cleaning)) for scan in scans]
    return sorted(pairs, key=lambda pair: -_change(*pair))[: COLUMNS // 2]


def _as_paper(prepared: Picture, settings: Mapping[str, str | float]) -> Picture:
    """Features as dark on white, each frame as wide as the pixels that it describes; pixels as they are."""
    return 255 - prepared.repeat(PIXELS_PER_FRAME, axis=1) if "features" in settings else prepared


def _distorted(image: Picture, seed: Sequence[int], settings: AugmentParams) -> Picture:
    return augment(image, np.random.default_rng(seed), settings)


def _largest_factor(name: str, params: Params) -> float:
    strength = getattr(params.augment, name).strength
    return MAX_STRENGTH[name] / strength if strength else 1.0


def _readable(samples: Iterable[Sample], params: Params) -> Iterator[Labelled]:
    """The images that can be decoded; photographs shrunk as `prepare` does first, for they would burst a sheet."""
    for sample in samples:
        try:
            image = decode(sample.image)
        except UnreadableImage:
            continue  # the contract counts and names them; a sheet only shows what can be shown
        yield Labelled(sample.label or "", limit(image, params.preprocess.height, params.preprocess.width))


def _change(before: Picture, after: Picture) -> float:
    """Mean difference in grey levels; 0 between pictures of different sizes, such as pixels and features."""
    return float(np.abs(before.astype(int) - after).mean()) if before.shape == after.shape else 0.0


def _sheet(table: Sequence[Sequence[tuple[str, Picture]]], title: str) -> Picture:
    images = [[image for _, image in row] for row in table]
    return sheet(images, [[caption for caption, _ in row] for row in table], title=title)
