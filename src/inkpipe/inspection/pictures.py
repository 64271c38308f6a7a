"""Sample images before and after preparation."""

from __future__ import annotations

from collections.abc import Mapping

from inkpipe.evaluation.grid import encode_png, image_grid
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.imaging.resize import limit
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.params.preprocess import PreprocessParams

FEATURES_AS_PIXELS = {"features": "pixels"}


def preparation_picture(corpus: InspectedCorpus, ways: Mapping[str, PreprocessParams]) -> bytes | None:
    """Show the sample images as they are, and as the model would get them.

    Args:
        corpus: with a few encoded images.
        ways: the section `preprocess` by caption, such as `now` and `proposed`.

    Returns:
        A PNG with a row for each image and each way below it; None if no image decodes.
    """
    rows, captions = [], []
    largest = max(ways.values(), key=lambda params: params.width)
    for number, data in corpus.pictures.items():
        try:
            image = decode(data)
        except UnreadableImage:
            continue  # the effects count such images
        original = limit(image, largest.height // 2, largest.width // 2)
        prepared = [prepare(image, params.model_copy(update=FEATURES_AS_PIXELS)) for params in ways.values()]
        rows += [[each] for each in (original, *prepared)]
        captions += [[text] for text in (corpus.rows[number].label or "no label", *ways)]
    return encode_png(image_grid(rows, captions, title="Before and after preparation")) if rows else None
