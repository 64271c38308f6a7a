"""The beam search in plain Python, one image after the other, and the exact scores of all texts of a tiny image."""

import itertools
import math
from collections import defaultdict

import numpy as np

NOTHING = -math.inf


def log_softmax(logits):
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def text_score(text, settings, language_model):
    """The part of a text's score that does not come from the image, without its end."""
    score, state = settings.length_bonus * len(text), language_model.start if language_model else 0
    for symbol in text if language_model else ():
        at = np.array(state, np.int32), np.array(symbol)
        score += settings.lm_weight * language_model.log_probabilities(*at)
        state = language_model.next_states(*at)
    return float(score), state


def end_score(state, settings, language_model):
    if not language_model:
        return 0.0
    return float(settings.lm_weight * language_model.log_probabilities(np.array(state, np.int32), np.array(-1)))


def full_score(text, settings, language_model):
    score, state = text_score(text, settings, language_model)
    return score + end_score(state, settings, language_model)


def slow_search(logits, settings, language_model=None, allowed=None):
    """The texts of one image with their scores, the best one first.

    `allowed(text, ended)` tells whether a text may be, or may go on.
    """
    beam = {(): (0.0, NOTHING)}  # logarithms of the paths that end in a blank, and in the last character
    for frame in log_softmax(logits):
        grown = defaultdict(lambda: [NOTHING, NOTHING])
        for text, (blank, character) in beam.items():
            both = np.logaddexp(blank, character)
            grown[text][0] = np.logaddexp(grown[text][0], both + frame[0])
            if text:
                grown[text][1] = np.logaddexp(grown[text][1], character + frame[text[-1]])
            for symbol in range(1, len(frame) - 1):
                longer = (*text, symbol)
                if allowed and not allowed(longer, False):
                    continue
                mass = blank if text and text[-1] == symbol else both
                grown[longer][1] = np.logaddexp(grown[longer][1], mass + frame[symbol])
        ranked = sorted(
            grown, key=lambda text: -(np.logaddexp(*grown[text]) + text_score(text, settings, language_model)[0])
        )
        beam = {text: tuple(grown[text]) for text in ranked[: settings.width]}
    scores = {text: np.logaddexp(*mass) + full_score(text, settings, language_model) for text, mass in beam.items()}
    kept = [text for text in scores if scores[text] > NOTHING and (allowed is None or allowed(text, True))]
    return sorted(((text, scores[text]) for text in kept), key=lambda pair: -pair[1])


def every_text(logits, settings, language_model=None):
    """All texts of one image with their scores, the best one first, by adding up every single path."""
    frames, probabilities = log_softmax(logits), defaultdict(float)
    for path in itertools.product(range(frames.shape[1] - 1), repeat=len(frames)):
        merged = [symbol for symbol, _ in itertools.groupby(path)]
        text = tuple(symbol for symbol in merged if symbol)
        probabilities[text] += math.exp(sum(frames[place, symbol] for place, symbol in enumerate(path)))
    scores = [
        (text, math.log(probability) + full_score(text, settings, language_model))
        for text, probability in probabilities.items()
    ]
    return sorted(scores, key=lambda pair: -pair[1])
