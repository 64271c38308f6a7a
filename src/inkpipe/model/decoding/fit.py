"""Fits a decoder on validation images: the language model's weight, the bonus for length, and the temperature.

Serving does not import it: SciPy and RapidFuzz would slow its start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from scipy.optimize import minimize_scalar

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.beam import BeamDecoder, posteriors
from inkpipe.model.decoding.decoder import Knowledge, check_finite
from inkpipe.model.decoding.greedy import GreedyDecoder, best_log_probabilities
from inkpipe.params.decode import DecodeParams

Floats = NDArray[np.float64]
Confidences = Callable[[float], Floats]  # of each image's text, float64 (images,), at a temperature

LM_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
LENGTH_BONUSES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, -0.5)
TEMPERATURES = np.geomspace(0.1, 10.0, 41)
SPREAD = 1.0  # standard deviation of a temperature's logarithm before an image is seen; hundreds of images outweigh it
LEAST = 1e-6  # confidences are kept this far from 0 and 1, or a single error would weigh more than all else
IMAGES = 128  # decoded at once


class Decoded(NamedTuple):
    """A decoder's answer for labeled images.

    Attributes:
        texts: the best text of each image.
        confidences: by temperature.
    """

    texts: list[str]
    confidences: Confidences


@dataclass(frozen=True)
class FittedDecoder:
    """The result of a fit.

    Attributes:
        params: the settings of the decoder, none of them `auto`.
        images: that it was fitted on.
        cer: of the decoder on them: edits per character of the labels.
        greedy_cer: of the greedy decoder on them.
    """

    params: DecodeParams
    images: int
    cer: float
    greedy_cer: float

    def describe(self) -> str:
        """One line: the numbers, and the CER that they give."""
        greedy = "" if self.params.method == "greedy" else f", where greedy gives {self.greedy_cer:.4f}"
        return f"{self.params.describe()}: CER {self.cer:.4f} on {self.images:,} validation images{greedy}"


def fit_decoder(
    logits: NDArray[np.float32],
    labels: Sequence[str],
    vocabulary: Vocabulary,
    params: DecodeParams,
    knowledge: Knowledge,
) -> FittedDecoder:
    """Find the values of the settings that are `auto`.

    The weight is searched first, then the bonus at the best weight, then the weight at the best bonus. The lowest CER
    counts, of equal ones the smaller weight, then the bonus nearer to 0. The temperature minimizes the negative
    log-likelihood of "the text is correct" (C. Guo et al., "On Calibration of Modern Neural Networks", 2017), with a
    normal prior on its logarithm around 0.

    Args:
        logits: float32 (images, frames, classes), of validation images.
        labels: their normalized labels, none of them empty.
        vocabulary: the meaning of the classes.
        params: the settings; values that are not `auto` stay.
        knowledge: the language model, without which its weight is 0, and the lexicon.

    Raises:
        InkpipeError: there is no image, a logit is not a finite number, or the language model does not fit.
    """
    check_images(len(labels))
    check_finite(logits)
    greedy = _greedy(logits, vocabulary)

    def decode(each: DecodeParams) -> Decoded:
        return greedy if each.method == "greedy" else _beam(logits, vocabulary, each, knowledge)

    params = _searched(params, lambda each: _cer(labels, decode(each).texts), knowledge)
    decoded = decode(params)
    if params.temperature == "auto":
        correct = np.array([label == text for label, text in zip(labels, decoded.texts, strict=True)])
        params = params.model_copy(update={"temperature": fit_temperature(decoded.confidences, correct)})
    return FittedDecoder(params, len(labels), _cer(labels, decoded.texts), _cer(labels, greedy.texts))


def fit_temperature(confidences: Confidences, correct: NDArray[np.bool_]) -> float:
    """The most probable temperature, given what is correct: with few images it stays near 1.

    Args:
        confidences: float64 (images,) by temperature.
        correct: bool (images,).

    Returns:
        Between the first and the last of `TEMPERATURES`, with 3 decimals; 1 if no temperature changes a confidence.
    """

    def loss(temperature: float) -> float:
        chance = np.clip(confidences(temperature), LEAST, 1 - LEAST)
        unlikely = -float(np.log(np.where(correct, chance, 1 - chance)).sum())
        return unlikely + (np.log(temperature) / SPREAD) ** 2 / 2

    losses = [loss(temperature) for temperature in TEMPERATURES]
    best = int(np.argmin(losses))
    bounds = np.log(TEMPERATURES[[max(best - 1, 0), min(best + 1, len(TEMPERATURES) - 1)]])
    found = minimize_scalar(lambda logarithm: loss(np.exp(logarithm)), bounds=bounds, method="bounded")
    return round(float(np.exp(found.x)), 3)


def check_images(count: int) -> None:
    """Refuse to fit on nothing.

    Raises:
        InkpipeError: there is no validation image.
    """
    if not count:
        raise InkpipeError(
            "There is no validation image, by which the best epoch is chosen and the decoder is fitted. Received: 0 "
            "images. Give a validation split, see data.folder.validation_fraction and synthetic.validation."
        )


def _searched(params: DecodeParams, cer: Callable[[DecodeParams], float], knowledge: Knowledge) -> DecodeParams:
    """The settings with the best weight and bonus."""
    greedy = params.method == "greedy"
    bonuses = LENGTH_BONUSES if params.length_bonus == "auto" and not greedy else (params.bonus,)
    weights = LM_WEIGHTS if params.lm_weight == "auto" and not greedy and knowledge.language_model else (params.weight,)
    scores: dict[tuple[float, float], float] = {}

    def best(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
        for weight, bonus in pairs:
            if (weight, bonus) not in scores:
                scores[weight, bonus] = cer(_with(params, weight, bonus))
        return min(pairs, key=lambda pair: (scores[pair], pair[0], abs(pair[1])))

    if len(weights) == len(bonuses) == 1:
        return _with(params, weights[0], bonuses[0])
    weight, _ = best([(weight, bonuses[0]) for weight in weights])
    _, bonus = best([(weight, bonus) for bonus in bonuses])
    return _with(params, *best([(weight, bonus) for weight in weights]))


def _with(params: DecodeParams, weight: float, bonus: float) -> DecodeParams:
    return params.model_copy(update={"lm_weight": weight, "length_bonus": bonus})


def _greedy(logits: NDArray[np.float32], vocabulary: Vocabulary) -> Decoded:
    decoder = GreedyDecoder(vocabulary)
    texts = [prediction.text for prediction in decoder.decode(logits)]
    return Decoded(texts, lambda heat: np.exp(best_log_probabilities(logits, heat).sum(axis=1, dtype=np.float64)))


def _beam(logits: NDArray[np.float32], vocabulary: Vocabulary, params: DecodeParams, knowledge: Knowledge) -> Decoded:
    decoder = BeamDecoder(vocabulary, params, knowledge)
    texts, scores = list[str](), list[Floats]()
    for start in range(0, len(logits), IMAGES):
        found = decoder.search(logits[start : start + IMAGES])
        texts += [best for (best,) in decoder.texts(found, 1)]
        scores.append(found.scores)
    stacked = np.concatenate(scores)
    return Decoded(texts, lambda heat: posteriors(stacked, heat)[:, 0])


def _cer(labels: Sequence[str], texts: Sequence[str]) -> float:
    edits = sum(Levenshtein.distance(label, text) for label, text in zip(labels, texts, strict=True))
    return edits / sum(map(len, labels))
