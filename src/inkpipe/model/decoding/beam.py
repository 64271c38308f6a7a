"""The beam decoder: the likeliest texts by image, language model and lexicon."""

from __future__ import annotations

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import UNKNOWN_CHARACTER, Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.decoder import Knowledge, check_finite
from inkpipe.model.decoding.search import Hypotheses, PrefixBeamSearch, SearchSettings
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.params.decode import DecodeParams

IMAGES = 128  # searched at once: enough for vectors to pay, few enough for the processor's cache
Floats = NDArray[np.float64]


class BeamDecoder:
    """CTC prefix beam search with a language model and a lexicon, see `inkpipe.model.decoding.search`.

    The confidence is the text's part in the probability of all texts that the beam holds at the end, each score divided
    by the temperature. That of a character is the part of those texts that have the same character there.

    Args:
        vocabulary: the meaning of the classes.
        params: how to search.
        knowledge: the language model and the lexicon.

    Raises:
        InkpipeError: the language model is absent but has a weight, or belongs to another vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, params: DecodeParams, knowledge: Knowledge) -> None:
        model, lexicon = knowledge
        if params.weight and model is None:
            raise InkpipeError(
                f"decode.lm_weight: there is no language model. Received: {params.weight}. "
                "Give the one that the vocabulary stage leaves, or set the weight to 0.0."
            )
        if model and model.characters != vocabulary.characters:
            raise InkpipeError(
                "The language model belongs to another vocabulary. Received: "
                f"{''.join(model.characters)!r} and {''.join(vocabulary.characters)!r}. Run `dvc repro vocabulary`."
            )
        self.temperature, self.alternatives = params.heat, params.alternatives
        settings = SearchSettings(params.width, params.weight, params.bonus)
        self._search = PrefixBeamSearch(vocabulary.classes, settings, model, lexicon)
        self._characters = np.array(["", *vocabulary.characters, UNKNOWN_CHARACTER, ""])
        self._spaces = np.array([each.isspace() for each in self._characters.tolist()])
        self._lock = Lock()  # servers decode in several threads, and the search fills caches

    def decode(self, logits: NDArray[np.float32]) -> list[Prediction]:
        """Decode a batch; see `Decoder.decode`."""
        check_finite(logits)
        return [
            prediction
            for start in range(0, len(logits), IMAGES)
            for prediction in self._predictions(self.search(logits[start : start + IMAGES]))
        ]

    def search(self, logits: NDArray[np.float32]) -> Hypotheses:
        """Find the best texts of a batch, with single spaces as labels have them.

        Args:
            logits: float32 (batch, frames, classes), finite.
        """
        with self._lock:
            found = self._search.search(logits)
        return single_spaced(found, self._spaces)

    def texts(self, found: Hypotheses, count: int) -> list[list[str]]:
        """The best texts of each image.

        Args:
            found: by `search`.
            count: of the texts of an image, at most the width.
        """
        longest = max(1, found.symbols.shape[2])
        letters = np.zeros((len(found.symbols), min(count, found.symbols.shape[1]), longest), "<U1")
        letters[..., : found.symbols.shape[2]] = self._characters[found.symbols[:, :count]]
        words: list[list[str]] = letters.view(f"<U{longest}")[..., 0].tolist()
        return words

    def _predictions(self, found: Hypotheses) -> list[Prediction]:
        texts = self.texts(found, max(1, self.alternatives))
        confidences = posteriors(found.scores, self.temperature)
        characters = character_confidences(found, confidences)
        uncalibrated = posteriors(found.scores, 1.0)[:, 0]
        columns = zip(
            texts, confidences.tolist(), found.scores.tolist(), characters.tolist(), uncalibrated.tolist(), strict=True
        )
        return [
            Prediction(
                words[0],
                parts[0],
                tuple(each[: len(words[0])]),
                tuple(
                    Alternative(*alternative)
                    for alternative in zip(words[: self.alternatives], parts, scores, strict=False)
                    if alternative[2] > -np.inf
                ),
                before,
            )
            for words, parts, scores, each, before in columns
        ]


def single_spaced(found: Hypotheses, spaces: NDArray[np.bool_]) -> Hypotheses:
    """Take away double spaces and those at the ends, and make one hypothesis of those that are then the same text.

    Args:
        found: the hypotheses.
        spaces: bool (classes,), the classes that are white space.

    Returns:
        The different texts, the best one of each image first. The probability of a text is the sum over its hypotheses.
    """
    places = np.arange(found.symbols.shape[2])
    beyond = places >= found.lengths[..., np.newaxis]
    is_space = spaces[found.symbols] & ~beyond
    after_space = np.concatenate([np.ones_like(is_space[..., :1]), is_space[..., :-1]], axis=2)
    at_end = np.logical_and.accumulate((is_space | beyond)[..., ::-1], axis=2)[..., ::-1]
    dropped = is_space & (after_space | at_end)
    if not dropped.any():
        return found
    kept = ~(dropped | beyond)
    symbols = np.take_along_axis(np.where(kept, found.symbols, 0), np.argsort(~kept, axis=2, kind="stable"), 2)
    lengths = kept.sum(axis=2)
    same = (symbols[:, :, np.newaxis] == symbols[:, np.newaxis]).all(axis=3)
    best = np.where(found.scores[:, :1] > -np.inf, found.scores[:, :1], 0.0)
    sums = (same * np.exp(found.scores - best)[:, np.newaxis]).sum(axis=2)
    is_first = same.argmax(axis=2) == np.arange(same.shape[1])
    with np.errstate(divide="ignore"):
        scores = np.where(is_first, best + np.log(sums), -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")
    exists = np.take_along_axis(scores, order, 1) > -np.inf
    return Hypotheses(
        np.take_along_axis(symbols, order[..., np.newaxis], 1) * exists[..., np.newaxis],
        np.take_along_axis(lengths, order, 1) * exists,
        np.take_along_axis(scores, order, 1),
    )


def posteriors(scores: Floats, temperature: float) -> Floats:
    """The probabilities of hypotheses by their scores: a softmax.

    Args:
        scores: float64 (batch, width), the best one of each image first; -inf where there is no hypothesis.
        temperature: > 0, by which the scores are divided.

    Returns:
        float64 (batch, width); 0 where there is no hypothesis.
    """
    best = scores[:, :1]
    weights = np.exp((scores - np.where(best > -np.inf, best, 0)) / temperature)
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total > 0, total, 1)


def character_confidences(found: Hypotheses, weights: Floats) -> Floats:
    """The confidence of each character of the best texts.

    A hypothesis agrees with a character if it stands in the common start, or in the common end, of its text and the
    best one. So those that differ in one place are aligned exactly, and others disagree with all between two places.

    Args:
        found: the hypotheses.
        weights: float64 (batch, width), their probabilities.

    Returns:
        float64 (batch, longest), 0 to 1, for as many characters as the best text has.
    """
    symbols, lengths = found.symbols, found.lengths
    places = np.arange(symbols.shape[2])
    common = np.minimum(lengths, lengths[:, :1])
    same = (symbols == symbols[:, :1]) & (places < common[..., np.newaxis])
    start = np.logical_and.accumulate(same, axis=2).sum(axis=2)
    from_end = np.maximum(lengths[..., np.newaxis] - 1 - places, 0)
    reverse = np.take_along_axis(symbols, from_end, 2)
    same = (reverse == reverse[:, :1]) & (places < (common - start)[..., np.newaxis])
    end = np.logical_and.accumulate(same, axis=2).sum(axis=2)
    agrees = (places < start[..., np.newaxis]) | (places >= (lengths[:, :1] - end)[..., np.newaxis])
    return np.minimum((agrees * weights[..., np.newaxis]).sum(axis=1), 1.0)
