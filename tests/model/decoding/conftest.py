"""Decoders and what they know, on an alphabet of A, B and the space."""

import numpy as np
import pytest

from inkpipe.data.language_model import LanguageModel
from inkpipe.data.ngrams import WeightedTexts, count_ngrams
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.params.decode import EARLIER, DecodeParams

VOCABULARY = Vocabulary(tuple(" AB"))  # blank 0, space 1, A 2, B 3, [UNK] 4, padding 5
TEXTS = ["AB", "ABBA", "BABA AB", "A", "BAB", "AB AB"]


def decode_params(**values):
    return DecodeParams(**{**EARLIER, "method": "beam", "alternatives": 3, **values})


def random_logits(seed, batch, frames, spread=2.0):
    return np.random.default_rng(seed).normal(0, spread, (batch, frames, VOCABULARY.classes)).astype(np.float32)


def path_logits(paths, sharpness=20.0):
    """Logits whose best path is the given one."""
    return np.eye(VOCABULARY.classes, dtype=np.float32)[np.array(paths)] * np.float32(sharpness)


@pytest.fixture(scope="session")
def vocabulary():
    return VOCABULARY


@pytest.fixture(scope="session")
def language_model():
    return LanguageModel(count_ngrams([WeightedTexts(TEXTS, 1.0)], VOCABULARY, 3))


@pytest.fixture(scope="session")
def make_decode():
    """Settings of the beam decoder with some values replaced."""
    return decode_params


@pytest.fixture(scope="session")
def noise():
    return random_logits


@pytest.fixture(scope="session")
def sharp():
    return path_logits
