"""CTC prefix beam search, vectorized over the images of a batch.

The search is that of A. Graves, "Supervised Sequence Labelling with Recurrent Neural Networks" (2012), section 7.5,
with the shallow fusion of a language model of A. Hannun et al., "First-Pass Large Vocabulary Continuous Speech
Recognition using Bi-Directional Recurrent DNNs" (2014). A text scores

    log p_ctc(text) + lm_weight * log p_lm(text and its end) + length_bonus * characters.

Frames in which the blank is all but certain, most of them in a trained model's output, extend no prefix. They are
taken out first (`inkpipe.model.decoding.frames`), so that a step looks at a different frame of each image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.language_model import LanguageModel
from inkpipe.data.vocabulary import BLANK
from inkpipe.model.decoding.frames import CERTAIN_BLANK, MIN_PROBABILITY, Number, Step, UncertainFrames, of_rows
from inkpipe.model.decoding.lexicon import FORBIDDEN, Lexicon

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

# Prefixes are compared by 64-bit numbers: that of a longer one is number * FACTOR + the number of the character.
FACTOR = np.uint64(0x9E3779B97F4A7C15)
NO_PREFIX, NO_PARENT = np.uint64(0), np.uint64(2)  # of places in a beam that hold no prefix: no parent is NO_PREFIX
EMPTY_PREFIX = np.uint64(1)


class SearchSettings(NamedTuple):
    """How to search.

    Attributes:
        width: prefixes kept after each frame, >= 1.
        lm_weight: >= 0.
        length_bonus: any number.
        min_probability: see `frames.MIN_PROBABILITY`; 0 extends prefixes by every character.
        certain_blank: see `frames.CERTAIN_BLANK`; 1 takes no frame for certain.
    """

    width: int
    lm_weight: float = 0.0
    length_bonus: float = 0.0
    min_probability: float = MIN_PROBABILITY
    certain_blank: float = CERTAIN_BLANK


class Hypotheses(NamedTuple):
    """The texts that a search found, the best one of each image first.

    Attributes:
        symbols: int64 (batch, width, longest), class ids, filled up with 0 at the end.
        lengths: int64 (batch, width), characters.
        scores: float64 (batch, width), natural logarithms, falling; -inf, and the empty text, where there is none.
    """

    symbols: Ids
    lengths: Ids
    scores: Floats


class PrefixBeamSearch:
    """Finds the best texts of images. One search must not be used by two threads at once.

    Args:
        classes: of the logits: blank, the characters, `[UNK]` and padding, which is never predicted.
        settings: how to search.
        language_model: of these classes; None for none.
        lexicon: of these classes; None for any text.
    """

    def __init__(
        self,
        classes: int,
        settings: SearchSettings,
        language_model: LanguageModel | None = None,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.classes, self.settings, self.lexicon = classes, settings, lexicon
        self.language_model = language_model if settings.lm_weight else None
        numbers = np.random.default_rng(0).integers(2**62, size=classes, dtype=np.uint64)
        self.numbers = numbers * np.uint64(2) + np.uint64(1)

    def search(self, logits: NDArray[np.float32]) -> Hypotheses:
        """Find the best texts of a batch.

        Args:
            logits: float32 (batch, frames, classes), finite.
        """
        frames = UncertainFrames.of(logits, self.settings.min_probability, self.settings.certain_blank)
        beam = _Beam(self, len(logits))
        with np.errstate(divide="ignore"):  # the logarithm of 0 is the score of what cannot be
            for step in frames.steps():
                beam.advance(step)
            found = beam.finished(frames.certain)
        back = np.argsort(frames.order)
        return Hypotheses(found.symbols[back], found.lengths[back], found.scores[back])


class _Beam:
    """The `width` likeliest prefixes of each image. All arrays are (images, width).

    `blank` is the probability of all paths so far that give a prefix and end in a blank, `character` of those that end
    in its last character. Both are scaled by a factor of each image, whose logarithm is `scale`, so that they do not
    underflow. `last` is the class id of the last character, 0 if there is none; `prefix` and `parent` are the numbers
    of the prefix, and of the prefix without its last character; `bonus` is the part of the score that does not come
    from the image; `state` is that of the language model, `words` that of the lexicon.
    """

    def __init__(self, search: PrefixBeamSearch, images: int) -> None:
        self.search, shape = search, (images, search.settings.width)
        self.blank, self.character, self.bonus = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.last, self.scale = np.zeros(shape, np.int64), np.zeros(images)
        self.prefix, self.parent = np.full(shape, NO_PREFIX), np.full(shape, NO_PARENT)
        self.blank[:, 0], self.prefix[:, 0] = 1, EMPTY_PREFIX
        start = search.language_model.start if search.language_model else 0
        self.state, self.words = np.full(shape, start, np.int32), np.zeros(shape, np.int32)
        self.history: list[tuple[Ids, Ids]] = []  # of each step: the place that each prefix came from, and its symbol

    def advance(self, step: Step) -> None:
        """Go on by a frame of each of the first images.

        Args:
            step: their frames.
        """
        images, width, count = len(step.symbols), self.search.settings.width, step.symbols.shape[1]
        self._pass_certain_frames(step)
        total = self.blank[:images] + self.character[:images]
        gain, words = self._gains(step)
        extended = self._extended(step, total)
        if words is not None:
            extended[words == FORBIDDEN] = 0
        stay_character = self._merged(step, total, extended)
        stay_blank = total * step.probabilities[:, :1]
        bonus = self.bonus[:images]
        scores = np.empty((images, width * (1 + count)))
        scores[:, :width] = np.log(stay_blank + stay_character) + bonus
        scores[:, width:] = (np.log(extended) + (bonus[:, :, np.newaxis] + gain)).reshape(images, -1)
        kept = np.argsort(-scores, axis=1, kind="stable")[:, :width]
        alive = of_rows(scores, kept) > -np.inf
        self._replace(step, kept, alive, (stay_blank, stay_character, extended, gain, words))

    def _pass_certain_frames(self, step: Step) -> None:
        """Let the images whose last frames had a certain blank end in it."""
        images, gap = len(step.symbols), step.gap[:, np.newaxis]
        self.blank[:images] += self.character[:images] * gap
        self.character[:images] *= ~gap

    def _extended(self, step: Step, total: Floats) -> Floats:
        """The probability (images, width, characters) of each prefix with one more character.

        Only after a blank can a character follow itself.
        """
        images = len(step.symbols)
        repeated = step.symbols[:, np.newaxis, :] == self.last[:images, :, np.newaxis]
        mass = np.where(repeated, self.blank[:images, :, np.newaxis], total[:, :, np.newaxis])
        return mass * step.likely[:, np.newaxis, :]

    def _merged(self, step: Step, total: Floats, extended: Floats) -> Floats:
        """The probability (images, width) of the kept prefixes by paths that end in their last character.

        A path may extend a prefix to one that is in the beam already: it is counted there, and taken from `extended`.
        """
        images, last = len(step.symbols), self.last[: len(step.symbols)]
        now = of_rows(step.probabilities, last)
        stay = self.character[:images] * now
        match = self.parent[:images, :, np.newaxis] == self.prefix[:images, np.newaxis, :]
        image, longer, shorter = np.nonzero(match)
        symbol = last[image, longer]
        mass = np.where(last[image, shorter] == symbol, self.blank[image, shorter], total[image, shorter])
        stay[image, longer] += mass * now[image, longer]
        match, place = np.nonzero(step.symbols[image] == symbol[:, np.newaxis])
        extended[image[match], shorter[match], place] = 0
        return stay

    def _gains(self, step: Step) -> tuple[Floats, NDArray[np.int32] | None]:
        """What each extension (images, width, characters) adds to `bonus`, and its state of the lexicon."""
        search, images, symbols = self.search, len(step.symbols), step.symbols[:, np.newaxis, :]
        gain = np.full((1, 1, 1), search.settings.length_bonus)
        if search.language_model:
            states = self.state[:images, :, np.newaxis]
            gain = gain + search.settings.lm_weight * search.language_model.log_probabilities(states, symbols)
        gain = np.broadcast_to(gain, (*self.last[:images].shape, symbols.shape[2]))
        if search.lexicon is None:
            return gain, None
        return gain, search.lexicon.after(self.words[:images, :, np.newaxis], symbols)

    def _replace(
        self,
        step: Step,
        kept: Ids,
        alive: NDArray[np.bool_],
        made: tuple[Floats, Floats, Floats, Floats, NDArray[np.int32] | None],
    ) -> None:
        """Put the best prefixes in place of the earlier ones.

        Args:
            step: as of `advance`.
            kept: int64 (images, width), places among the earlier prefixes and, after those, their extensions.
            alive: bool (images, width), whether a prefix is possible at all.
            made: probabilities of the earlier prefixes by paths that end in a blank and in their last character, those
                of the extensions, their gains, and their states of the lexicon.
        """
        stay_blank, stay_character, extended, gain, words = made
        images, width, count = len(kept), kept.shape[1], step.symbols.shape[1]
        longer, added = kept >= width, np.maximum(kept - width, 0)
        source = np.where(longer, added // count, kept)
        symbol = np.where(longer, of_rows(step.symbols, added % count), BLANK)
        before = source + np.arange(0, images * width, width)[:, np.newaxis]  # the places in flat arrays
        after = added + np.arange(0, images * width * count, width * count)[:, np.newaxis]

        def of(array: NDArray[Number]) -> NDArray[Number]:
            return array[:images].take(before)

        blank = np.where(longer, 0.0, stay_blank.take(before))
        character = np.where(longer, extended.take(after), stay_character.take(before))
        highest = (blank + character).max(axis=1)
        highest[highest == 0] = 1  # of an image without any prefix
        self.blank[:images], self.character[:images] = (
            blank / highest[:, np.newaxis],
            character / highest[:, np.newaxis],
        )
        self.scale[:images] += np.log(highest)
        self.bonus[:images] = of(self.bonus) + np.where(longer, gain.take(after), 0.0)
        if model := self.search.language_model:
            states = of(self.state)
            self.state[:images] = np.where(longer, model.next_states(states, symbol), states)
        if words is not None:
            self.words[:images] = np.where(longer, words.take(after), of(self.words))
        prefix = of(self.prefix)
        parent = np.where(longer, prefix, of(self.parent))
        prefix = np.where(longer, prefix * FACTOR + self.search.numbers[symbol], prefix)
        self.parent[:images] = np.where(alive, parent, NO_PARENT)
        self.prefix[:images] = np.where(alive, prefix, NO_PREFIX)
        self.last[:images] = np.where(longer, symbol, of(self.last))
        self.history.append((source, symbol))

    def finished(self, certain: Floats) -> Hypotheses:
        """The hypotheses at the end of all frames.

        Args:
            certain: float64 (images,), the logarithm of the probability of all frames that were left out.
        """
        search = self.search
        scores = np.log(self.blank + self.character) + (self.scale + certain)[:, np.newaxis] + self.bonus
        if search.language_model:
            end = np.array(search.classes - 1)
            scores += search.settings.lm_weight * search.language_model.log_probabilities(self.state, end)
        if search.lexicon:
            scores[~search.lexicon.complete[np.maximum(self.words, 0)]] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")
        scores = of_rows(scores, best)
        symbols, lengths = self._texts(best)
        found = scores > -np.inf
        return Hypotheses(symbols * found[..., np.newaxis], lengths * found, scores)

    def _texts(self, places: Ids) -> tuple[Ids, Ids]:
        """The symbols (images, width, longest), filled up with 0 at the end, and the lengths of prefixes."""
        backwards = np.zeros((*places.shape, len(self.history)), np.int64)
        for number, (source, symbol) in enumerate(reversed(self.history)):
            images = len(source)
            backwards[:images, :, number] = of_rows(symbol, places[:images])
            places = np.concatenate([of_rows(source, places[:images]), places[images:]])
        order = np.argsort(backwards == BLANK, axis=2, kind="stable")  # characters first, the last one foremost
        lengths = (backwards != BLANK).sum(axis=2)
        longest = int(lengths.max(initial=0))
        places = lengths[..., np.newaxis] - 1 - np.arange(longest)
        forwards = np.take_along_axis(order, np.maximum(places, 0), 2)
        return np.where(places >= 0, np.take_along_axis(backwards, forwards, 2), BLANK), lengths
