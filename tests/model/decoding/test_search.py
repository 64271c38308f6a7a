import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.decoding.slow_search import every_text, slow_search

from inkpipe.model.decoding.lexicon import Lexicon
from inkpipe.model.decoding.search import PrefixBeamSearch, SearchSettings

EXACT = {"min_probability": 0.0, "certain_blank": 1.0}  # no shortcuts
UNBOUNDED = 2000  # more than the texts of 5 frames and 4 characters


def found_texts(hypotheses, image=0):
    """The texts of an image with their scores."""
    rows = zip(hypotheses.symbols[image], hypotheses.lengths[image], hypotheses.scores[image], strict=True)
    return [(tuple(symbols[:length].tolist()), score) for symbols, length, score in rows if score > -np.inf]


def assert_same(found, expected):
    """Equal texts of equal scores; near ties may stand in any order."""
    assert len(found) == len(expected)
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)
    assert dict(found) == pytest.approx(dict(expected), abs=1e-6)


def searched(vocabulary, logits, how, language_model=None, lexicon=None):
    return PrefixBeamSearch(vocabulary.classes, how, language_model, lexicon).search(logits)


weights = st.floats(0, 2)
bonuses = st.floats(-1, 2)
seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds, frames=st.integers(1, 4), weight=weights, bonus=bonuses)
@settings(max_examples=25, deadline=None)
def test_an_unbounded_beam_finds_every_text_with_its_exact_score(
    vocabulary, language_model, noise, seed, frames, weight, bonus
):
    how = SearchSettings(UNBOUNDED, weight, bonus, **EXACT)
    logits = noise(seed, 1, frames)
    found = found_texts(searched(vocabulary, logits, how, language_model))
    assert_same(found, every_text(logits[0], how, language_model if weight else None))


@given(
    seed=seeds,
    batch=st.integers(1, 5),
    frames=st.integers(1, 14),
    width=st.integers(1, 12),
    weight=weights,
    bonus=bonuses,
    spread=st.floats(0.5, 8),
)
@settings(max_examples=40, deadline=None)
def test_it_agrees_with_the_search_in_plain_python(
    vocabulary, language_model, noise, seed, batch, frames, width, weight, bonus, spread
):
    how = SearchSettings(width, weight, bonus, **EXACT)
    logits = noise(seed, batch, frames, spread)
    hypotheses = searched(vocabulary, logits, how, language_model)
    for image in range(batch):
        expected = slow_search(logits[image], how, language_model if weight else None)
        assert_same(found_texts(hypotheses, image), expected)


@given(seed=seeds, frames=st.integers(1, 10), width=st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_with_a_lexicon_it_agrees_with_the_search_in_plain_python(vocabulary, noise, seed, frames, width):
    words = {"A", "AB", "BA"}
    lexicon, how = Lexicon(words, vocabulary), SearchSettings(width, **EXACT)

    def allowed(symbols, ended):
        *whole, last = vocabulary.decode(symbols).split(" ")
        if "\N{REPLACEMENT CHARACTER}" in last or not set(whole) <= words:
            return False
        return (last in words or not symbols) if ended else any(word.startswith(last) for word in words)

    logits = noise(seed, 1, frames)
    found = found_texts(searched(vocabulary, logits, how, lexicon=lexicon))
    assert_same(found, slow_search(logits[0], how, allowed=allowed))


@given(seed=seeds, batch=st.integers(2, 6), frames=st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_an_image_gets_the_same_bits_in_any_batch(vocabulary, language_model, noise, seed, batch, frames):
    how = SearchSettings(6, 0.5, 0.5)
    logits = noise(seed, batch, frames, 5.0)
    together = searched(vocabulary, logits, how, language_model)
    for image in range(batch):
        alone = searched(vocabulary, logits[image : image + 1], how, language_model)
        assert found_texts(alone) == found_texts(together, image)


def test_the_shortcuts_change_scores_by_less_than_a_thousandth(vocabulary, language_model, sharp):
    rng = np.random.default_rng(1)
    paths = np.where(rng.random((16, 60)) < 0.8, 0, rng.integers(1, 4, (16, 60)))
    logits = sharp(paths, 12.0) + rng.normal(0, 1, (16, 60, vocabulary.classes)).astype(np.float32)
    exact = searched(vocabulary, logits, SearchSettings(10, 0.5, 0.5, **EXACT), language_model)
    quick = searched(vocabulary, logits, SearchSettings(10, 0.5, 0.5), language_model)
    assert quick.lengths[:, 0].tolist() == exact.lengths[:, 0].tolist()
    np.testing.assert_array_equal(quick.symbols[:, 0], exact.symbols[:, 0])
    np.testing.assert_allclose(quick.scores[:, 0], exact.scores[:, 0], atol=1e-3)


def test_texts_that_differ_in_blanks_alone_are_one(vocabulary, sharp):
    hypotheses = searched(vocabulary, sharp([[2, 0, 2, 3, 3, 0]], 3.0), SearchSettings(50, **EXACT))
    texts = [text for text, _ in found_texts(hypotheses)]
    assert texts[0] == (2, 2, 3)
    assert len(texts) == len(set(texts)) == 50


def test_long_and_extreme_inputs_neither_underflow_nor_overflow(vocabulary, sharp):
    paths = np.tile([2, 0, 3, 0], 100)[np.newaxis]
    hypotheses = searched(vocabulary, sharp(paths, 2000.0), SearchSettings(4))
    assert hypotheses.lengths[0, 0] == 200
    assert hypotheses.scores[0, 0] == pytest.approx(0.0)
    flat = searched(vocabulary, np.zeros((1, 2000, vocabulary.classes), np.float32), SearchSettings(4))
    assert np.isfinite(flat.scores).all()


@pytest.mark.parametrize("shape", [(0, 5), (3, 0)])
def test_no_image_and_no_frame_give_no_text(vocabulary, shape):
    hypotheses = searched(vocabulary, np.zeros((*shape, vocabulary.classes), np.float32), SearchSettings(4))
    assert hypotheses.scores.shape == (shape[0], 4)
    assert hypotheses.lengths.tolist() == [[0] * 4] * shape[0]
