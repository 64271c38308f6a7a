"""Propose how images are cropped and sized: letters stay legible, and each label has enough frames of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inkpipe.imaging.ink import INK_LEVEL
from inkpipe.imaging.resize import LEGIBLE
from inkpipe.inspection.effects import Effects
from inkpipe.inspection.overrides import Override
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.params import Params
from inkpipe.params.preprocess import Crop
from inkpipe.rules.labels import LabelFits

KEPT = 0.98  # fraction of the images that stay legible
RUNNING_WORDS = 3  # words of a label from which on it is running text and no name
RUNNING_ASPECT = 8.0  # width / height of an image from which on it is a line of running text
LINE_HEIGHT = 48  # pixels for lines of running text, which have ascenders, descenders and a slope
STEP = 32  # pixels: widths and heights are multiples, which every network takes
LARGEST = 4096  # pixels that `preprocess.width` may have


def preset_overrides(corpus: InspectedCorpus, params: Params) -> list[Override]:
    """Propose the preset for lines of running text, in place of the one for single names.

    Args:
        corpus: the labels and images.
        params: the present parameters.
    """
    if params.model.preset != "crnn" or not is_running_text(corpus):
        return []
    return [Override("model.preset", "line", "these are lines of running text, and `crnn` is for single names")]


def contrast_overrides(corpus: InspectedCorpus, params: Params) -> list[Override]:
    """Propose `preprocess.contrast` for a gray background, beside which the white padding would be an edge.

    Args:
        corpus: with at least one image that decodes.
        params: those with the proposed preset.
    """
    gray = float(np.median([min(image.background, 255 - image.background) for image in corpus.decoded]))
    level = 255 - gray  # of the background, also where the writing is light on dark
    if params.preprocess.contrast != "none" or level >= INK_LEVEL:
        return []
    why = f"the background's gray level is {level:.0f}: below {INK_LEVEL} it counts as ink, and the padding is white"
    return [Override("preprocess.contrast", "stretch", why)]


def size_overrides(corpus: InspectedCorpus, params: Params, effects: Effects) -> list[Override]:
    """Propose `preprocess.crop`, `.height` and `.width`.

    Args:
        corpus: with at least one image that decodes.
        params: those with the proposed preset, which stay where they do.
        effects: of the present parameters.
    """
    running = is_running_text(corpus)
    size, network = params.preprocess, params.model.network
    method: Crop = "margins" if running and size.crop == "line" else size.crop
    height = max(size.height, LINE_HEIGHT) if running else size.height
    width = _width(corpus, params, method, height, effects)
    if network.input_fault(height, width, size.features):
        return []
    overrides = []
    if method != size.crop:
        why = "these are lines of running text: `line` looks for one name on a form, and takes words for neighbors"
        overrides.append(Override("preprocess.crop", method, why))
    if height != size.height:
        overrides.append(Override("preprocess.height", height, "lines of running text have ascenders and descenders"))
    if width != size.width:
        shapes = [image.sized(method, height, width) for image in corpus.decoded]
        least = float(np.quantile([rows for rows, _ in shapes], 1 - KEPT))
        why = f"{KEPT:.0%} of the lines are then at least {least:.0f} px high ({_low_now(effects)})"
        overrides.append(Override("preprocess.width", width, why))
    return overrides


def is_running_text(corpus: InspectedCorpus) -> bool:
    """Whether most of the writing is in lines of running text and not in single names or numbers.

    Characters are counted and not images: a register with a long line beside two short cells is one of lines.
    """
    words = [len(label.split()) for label in corpus.labels]
    aspects = [columns / rows for rows, columns in (image.cropped["margins"] for image in corpus.decoded)]
    if not words or not aspects:
        return False
    wordy = _median(words, [len(label) for label in corpus.labels]) >= RUNNING_WORDS
    return wordy and _median(aspects, _characters(corpus)) >= RUNNING_ASPECT


def _characters(corpus: InspectedCorpus) -> list[int]:
    """The characters of the label of each decoded image."""
    return [len(corpus.rows[image.row].label or "") for image in corpus.decoded]


def _median(values: Sequence[float], weights: Sequence[int]) -> float:
    """The least value that half of the weight does not exceed; that of all values where nothing has a weight."""
    return float(np.quantile(values, 0.5, weights=weights if any(weights) else None, method="inverted_cdf"))


def _width(corpus: InspectedCorpus, params: Params, method: Crop, height: int, effects: Effects) -> int:
    """The least width, not below the present one where that is for the same height, that does for `KEPT` images."""
    aspects = [columns / rows for rows, columns in (image.cropped[method] for image in corpus.decoded)]
    wanted = [
        LEGIBLE * _kept(aspects),  # at this width the widest ones are still legible
        height * _median(aspects, _characters(corpus)),  # and at this one most characters have the full height
        _frames_width(effects.frames_needed, params),
    ]
    needed = min(LARGEST, -(-int(max(wanted)) // STEP) * STEP)
    return needed if height != params.preprocess.height else max(needed, params.preprocess.width)


def _kept(values: Sequence[float]) -> float:
    return float(np.quantile(values, KEPT))


def _frames_width(frames: Sequence[int], params: Params) -> float:
    """The pixels that give all but the longest labels their frames; of these a tenth of what the contract tolerates."""
    if not frames:
        return 0.0
    tolerance = params.validate_.rules[LabelFits].tolerance
    longest = int(np.quantile(frames, 1 - tolerance / 10, method="higher"))
    width = STEP
    while params.model.network.frames(width) < longest and width < LARGEST:
        width += STEP
    return width


def _low_now(effects: Effects) -> str:
    return f"now {effects.low:,} of {len(effects.line_heights):,} are below {LEGIBLE} px"
