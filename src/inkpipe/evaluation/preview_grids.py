"""Previews: pictures to judge the generator, the cleaning and the distortions by eye."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.augment import DISTORTIONS, augment, only
from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.grid import encode_png, image_grid
from inkpipe.evaluation.predictions import Picture
from inkpipe.imaging import OPTIONS, UnreadableImage, decode, prepare
from inkpipe.imaging.deskew import rotate
from inkpipe.imaging.deslant import shear
from inkpipe.imaging.features import PIXELS_PER_FRAME
from inkpipe.imaging.opencv import cv2
from inkpipe.imaging.resize import limit
from inkpipe.params.augment import LIMITS, AugmentParams
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.params.synthetic import SyntheticParams
from inkpipe.synthetic.generate import generate

MAGNITUDE_FACTORS = (0.5, 1.0, 2.0)  # times the magnitude in params.yaml
IMAGES_OF_A_KIND = 24  # synthetic and real images each: twelve rows of two
COLUMNS = 4
MAX_WIDTH = 640  # pixels of a picture: a wider line is shrunk, or four of them beside each other would be megabytes
TRIES = 16  # seeds of a distortion, whose effect varies up to its magnitude; the strongest effect is shown
UNCLEANED = {  # every option of preprocessing off: each option alone is compared with this
    "denoise": "none",
    "contrast": "none",
    "deskew": "none",
    "crop": "none",
    "deslant": "none",
    "core_height": 0.0,
    "stroke_width": 0.0,
    "features": "pixels",
}


class LabeledPicture(NamedTuple):
    """A decoded image and its label."""

    label: str
    image: Picture


class Fault(NamedTuple):
    """A fault of scans that an option of preprocessing corrects, and a function that adds it to an image."""

    name: str
    add: Callable[[Picture], Picture]


def render_previews(
    synthetic: SyntheticParams,
    preprocess: PreprocessParams,
    augmentation: AugmentParams,
    seed: int,
    real: Iterable[Sample] | None = None,
) -> dict[str, bytes]:
    """Render all previews.

    Args:
        synthetic: the generator's parameters.
        preprocess: size of the prepared images.
        augmentation: magnitudes of the distortions.
        seed: of the synthetic images and of the distortions.
        real: images to set beside the synthetic ones and to show preprocessing and distortions on; without them these
            are shown on synthetic images. No more images are taken than are shown.

    Returns:
        PNGs by name: `images`, `preprocessing`, `augmentation`. The same arguments give the same bytes.

    Raises:
        InkpipeError: `real` is given, but none of its images can be decoded.
    """
    generated = list(_decoded(generate(synthetic, seed, "test", range(IMAGES_OF_A_KIND)), preprocess))
    given = list(islice(_decoded(real or (), preprocess), IMAGES_OF_A_KIND))
    if real is not None and not given:
        raise InkpipeError("No image can be decoded for the previews. Name data, and a split of it, with such images.")
    samples = given or generated
    pictures = {
        "images": image_preview(generated, given),
        "preprocessing": preprocessing_preview(samples, preprocess),
        "augmentation": augmentation_preview(samples, preprocess, augmentation, seed),
    }
    return {name: encode_png(picture) for name, picture in pictures.items()}


def image_preview(synthetic: Sequence[LabeledPicture], real: Sequence[LabeledPicture]) -> NDArray[np.uint8]:
    """Show images before any cleaning.

    Args:
        synthetic: for the left columns; at least one.
        real: for the right columns; empty to show synthetic images alone.

    Returns:
        A table of captioned images, uint8 (height, width, 3), RGB.
    """
    kinds = [(f"{kind}: ", images) for kind, images in (("synthetic", synthetic), ("real", real)) if images]
    width = COLUMNS // len(kinds)
    rows = range(min(len(images) for _, images in kinds) // width or 1)
    table = [
        [(kind + each.label, each.image) for kind, images in kinds for each in images[row * width : (row + 1) * width]]
        for row in rows
    ]
    title = "Synthetic and real images before any cleaning" if real else "Synthetic images before any cleaning"
    return _captioned(table, title)


def preprocessing_preview(samples: Sequence[LabeledPicture], params: PreprocessParams) -> NDArray[np.uint8]:
    """Show the effect of every option of preprocessing alone.

    Each row has two images before and after: those that the option changes most. Scans rarely have the faults that
    some options correct. For such an option the second image is the one that it changes most once all images have the
    fault.

    Args:
        samples: decoded images to choose from; at least two.
        params: size of the prepared images.

    Returns:
        A table of captioned images with a row for each option, uint8 (height, width, 3), RGB.
    """
    uncleaned = params.model_copy(update=UNCLEANED)
    scans = [sample.image for sample in samples]
    table = []
    for name, settings in OPTIONS.items():
        cleaned = uncleaned.model_copy(update=settings)
        pairs = [("before", pair) for pair in _most_changed(scans, uncleaned, cleaned)]
        if fault := FAULTS.get(next(iter(settings))):
            faulty = _most_changed([fault.add(scan) for scan in scans], uncleaned, cleaned)
            pairs[1:] = [(f"before, {fault.name}", faulty[0])]
        table.append(
            [
                cell
                for caption, pair in pairs
                for cell in ((caption, pair.before), (name, _visible(pair.after, settings)))
            ]
        )
    return _captioned(table, "Preprocessing before and after, one option at a time")


def augmentation_preview(
    samples: Sequence[LabeledPicture], preprocess: PreprocessParams, augmentation: AugmentParams, seed: int
) -> NDArray[np.uint8]:
    """Show the effect of every distortion alone, at half, full and (where its limit allows) double magnitude.

    Args:
        samples: decoded images; each row takes another one.
        preprocess: how they are prepared; pixels are shown even where the model gets features.
        augmentation: the magnitudes.
        seed: of the distortions. Of several draws the strongest is shown.

    Returns:
        A table of captioned images with a row for each distortion, uint8 (height, width, 3), RGB.
    """
    pixels = preprocess.model_copy(update={"features": "pixels"})
    table = []
    for i, name in enumerate(DISTORTIONS):
        image = prepare(samples[i % len(samples)].image, pixels)
        largest = _largest_factor(name, augmentation)
        settings = [only(name, augmentation, min(factor, largest)) for factor in MAGNITUDE_FACTORS]
        draws = [[seed, i, attempt] for attempt in range(TRIES)]
        strongest = max(draws, key=lambda draw: _change(image, _distorted(image, draw, settings[-1])))
        distorted = [
            (f"{name} up to {getattr(each, name).magnitude:g} {LIMITS[name].unit}", _distorted(image, strongest, each))
            for each in settings
        ]
        table.append([("undistorted", image), *distorted])
    return _captioned(table, "Distortions of training images at half, full and double magnitude")


def _with_noise(image: Picture) -> Picture:
    noise = np.random.default_rng(0).normal(0, 25, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _with_shadow(image: Picture) -> Picture:
    return np.rint(image * np.linspace(1.0, 0.5, image.shape[1])).astype(np.uint8)


FAULTS: Mapping[str, Fault] = {  # by the parameter whose options correct them
    "denoise": Fault("noise added", _with_noise),
    "contrast": Fault("shadow added", _with_shadow),
    "deskew": Fault("rotated by 5°", lambda image: rotate(image, 5)),
    "deslant": Fault("slanted by 20°", lambda image: shear(image, 20)),
}


class _Pair(NamedTuple):
    before: Picture
    after: Picture


def _most_changed(scans: Sequence[Picture], before: PreprocessParams, after: PreprocessParams) -> list[_Pair]:
    """The images that two ways of preparing them make most different, as many as a row has room for."""
    pairs = [_Pair(prepare(scan, before), prepare(scan, after)) for scan in scans]
    return sorted(pairs, key=lambda pair: -_change(*pair))[: COLUMNS // 2]


def _visible(prepared: Picture, settings: Mapping[str, str | float]) -> Picture:
    """Features as dark on white, each frame as wide as the pixels that it describes; pixels as they are."""
    return 255 - prepared.repeat(PIXELS_PER_FRAME, axis=1) if "features" in settings else prepared


def _distorted(image: Picture, seed: Sequence[int], params: AugmentParams) -> Picture:
    return augment(image, np.random.default_rng(seed), params)


def _largest_factor(name: str, params: AugmentParams) -> float:
    magnitude = getattr(params, name).magnitude
    return LIMITS[name].magnitude / magnitude if magnitude else 1.0


def _decoded(samples: Iterable[Sample], params: PreprocessParams) -> Iterator[LabeledPicture]:
    """The images that can be decoded; photographs are shrunk as `prepare` does first, or they would fill a preview."""
    for sample in samples:
        try:
            image = decode(sample.image)
        except UnreadableImage:
            continue  # the contract counts and names such images
        yield LabeledPicture(sample.label or "", limit(image, params.height, params.width))


def _change(before: Picture, after: Picture) -> float:
    """Mean difference in gray levels; 0 between pictures of different sizes, such as pixels and features."""
    return float(np.abs(before.astype(int) - after).mean()) if before.shape == after.shape else 0.0


def _narrowed(image: Picture) -> Picture:
    """An image of at most `MAX_WIDTH` columns."""
    height, width = image.shape
    if width <= MAX_WIDTH:
        return image
    size = (MAX_WIDTH, max(1, round(height * MAX_WIDTH / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _captioned(table: Sequence[Sequence[tuple[str, Picture]]], title: str) -> NDArray[np.uint8]:
    images = [[_narrowed(image) for _, image in row] for row in table]
    return image_grid(images, [[caption for caption, _ in row] for row in table], title=title)
