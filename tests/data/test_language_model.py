import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.data import language_model as module
from inkpipe.data.language_model import LanguageModel, build_language_model
from inkpipe.data.ngrams import WeightedTexts, count_ngrams
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.params.language_model import LanguageModelParams

VOCABULARY = Vocabulary(tuple("AB"))  # A 1, B 2, [UNK] 3, end 4
END = VOCABULARY.padding


def settings_of(**values):
    defaults = {"order": 3, "smoothing": "witten_bell", "text": None, "text_weight": 1.0}
    return LanguageModelParams(**{**defaults, **values})


class Slow:
    """The publication's recursion, by dictionaries."""

    def __init__(self, texts, order):
        self.order, self.following = order, defaultdict(Counter)
        for text, weight in texts:
            symbols = [0, *VOCABULARY.encode(text), END]
            for place in range(1, len(symbols)):
                for length in range(min(order - 1, place) + 1):
                    self.following[tuple(symbols[place - length : place])][symbols[place]] += weight

    def probability(self, symbol, context):
        context = context[max(0, len(context) - self.order + 1) :]
        shorter = self.probability(symbol, context[1:]) if context else 1 / (VOCABULARY.classes - 1)
        if not (counts := self.following.get(context)):
            return shorter
        return (counts[symbol] + len(counts) * shorter) / (sum(counts.values()) + len(counts))

    def score(self, text):
        symbols = (0, *text, END)
        return sum(math.log(self.probability(symbols[i], symbols[:i])) for i in range(1, len(symbols)))


texts_of = st.lists(st.text("AB", min_size=1, max_size=8), min_size=1, max_size=12)


@given(texts=texts_of, more=texts_of, order=st.integers(1, 6), asked=st.lists(st.integers(1, 3), max_size=9))
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_the_publications_recursion(texts, more, order, asked):
    grams = count_ngrams([WeightedTexts(texts, 1.0), WeightedTexts(more, 0.5)], VOCABULARY, order)
    slow = Slow([*((text, 1.0) for text in texts), *((text, 0.5) for text in more)], order)
    assert LanguageModel(grams).score(asked) == pytest.approx(slow.score(asked))


@given(texts=texts_of, order=st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_the_probabilities_of_each_state_add_up_to_1(texts, order):
    model = build_language_model(texts, VOCABULARY, settings_of(order=order))
    states, waiting = set(), {model.start}
    while waiting:
        states |= waiting
        asked = np.array(sorted(waiting), np.int32)[:, np.newaxis]
        waiting = set(model.next_states(asked, np.arange(1, END)).ravel().tolist()) - states
        np.testing.assert_allclose(np.exp(model.log_probabilities(asked, np.arange(1, END + 1))).sum(axis=1), 1)


def test_the_numbers_of_a_small_example():
    """After A: B once and the end once; A has 2 of the 4 occurrences, B and the end 1 each."""
    model = build_language_model(["AAB"[1:], "A"], VOCABULARY, settings_of(order=2))
    first = (2 + 3 * 0.25) / (5 + 3)  # A, of A A B end end
    after_a = (1 + 2 * (2 + 3 * 0.25) / 8) / (2 + 2)
    assert model.score([1]) == pytest.approx(math.log((2 + first) / (2 + 1)) + math.log(after_a))


def test_labels_alone_make_a_model_whose_own_texts_are_likelier_than_others():
    model = build_language_model(["ABBA"] * 5, VOCABULARY, settings_of())
    assert model.score(VOCABULARY.encode("ABBA")) > model.score(VOCABULARY.encode("BAAB"))


def test_a_small_cache_changes_nothing(monkeypatch):
    texts = ["ABBA", "BABA", "AAB", "BBBA"]
    roomy = build_language_model(texts, VOCABULARY, settings_of(order=5))
    monkeypatch.setattr(module, "CACHED_STATES", 3)
    tight = build_language_model(texts, VOCABULARY, settings_of(order=5))
    for text in ("ABBA", "BBBB", "AABB", "ABAB"):
        assert tight.score(VOCABULARY.encode(text)) == roomy.score(VOCABULARY.encode(text))


def test_states_that_are_asked_for_the_first_time_all_at_once_have_the_values_of_one_after_the_other():
    texts = ["".join("AB"[number >> bit & 1] for bit in range(9)) for number in range(512)]
    grams = count_ngrams([WeightedTexts(texts, 1.0)], VOCABULARY, 10)
    states = np.arange(700, dtype=np.int32)  # more than the first array holds
    one_by_one = LanguageModel(grams)
    for method in ("log_probabilities", "next_states"):
        expected = [getattr(one_by_one, method)(np.array(state), np.array(2)) for state in states]
        np.testing.assert_array_equal(getattr(LanguageModel(grams), method)(states, np.array(2)), expected)


def test_a_saved_model_scores_the_same(tmp_path):
    model = build_language_model(["ABBA", "B"], VOCABULARY, settings_of())
    model.save(tmp_path / "language_model.npz")
    loaded = LanguageModel.load(tmp_path / "language_model.npz")
    assert loaded.score([1, 2, 2]) == model.score([1, 2, 2])
    assert loaded.characters == ("A", "B")
    assert loaded.describe() == "character 3-gram with 7 n-grams"


def test_a_text_file_counts_with_its_weight(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("bb\nbb\nbx\n")
    labels = ["A", "AB"]
    scores = [
        build_language_model(labels, VOCABULARY, settings_of(text=str(path), text_weight=weight)).score([2, 2])
        for weight in (0.01, 1.0, 100.0)
    ]
    assert scores == sorted(scores)
    assert build_language_model(labels, VOCABULARY, settings_of()).score([2, 2]) < scores[0]


def test_an_absent_text_file_is_named():
    with pytest.raises(InkpipeError, match=r"language_model.text: the file cannot be read: no such file"):
        build_language_model(["A"], VOCABULARY, settings_of(text="nowhere/words.txt"))


def test_many_characters_of_running_text_stay_small(tmp_path):
    vocabulary = Vocabulary(tuple(chr(0x400 + i) for i in range(100)))
    rng = np.random.default_rng(0)
    texts = ["".join(vocabulary.characters[i] for i in rng.zipf(1.6, 60) % 100) for _ in range(500)]
    model = build_language_model(texts, vocabulary, settings_of(order=6))
    model.save(tmp_path / "language_model.npz")
    assert (tmp_path / "language_model.npz").stat().st_size < 5 * 500 * 60
