from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.data import ngrams
from inkpipe.data.ngrams import Ngrams, WeightedTexts, count_ngrams
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError

VOCABULARY = Vocabulary(tuple("AB"))  # A 1, B 2, [UNK] 3, end 4
texts_of = st.lists(st.text("AB", min_size=1, max_size=8), max_size=12)


def unpacked(grams):
    mask = (1 << grams.bits) - 1
    return {
        tuple(key >> grams.bits * back & mask for back in reversed(range(grams.order))): count
        for key, count in zip(grams.keys.tolist(), grams.counts.tolist(), strict=True)
    }


def counted(texts, order):
    counts = Counter()
    for text in texts:
        symbols = [0] * (order - 1) + VOCABULARY.encode(text) + [VOCABULARY.padding]
        counts.update(tuple(symbols[i : i + order]) for i in range(len(symbols) - order + 1))
    return counts


@given(texts=texts_of, more=texts_of, order=st.integers(1, 6))
def test_they_are_counted_with_their_borders_and_weights(texts, more, order):
    grams = count_ngrams([WeightedTexts(texts, 1.0), WeightedTexts(more, 0.5)], VOCABULARY, order)
    expected = {gram: float(count) for gram, count in counted(texts, order).items()}
    for gram, count in counted(more, order).items():
        expected[gram] = expected.get(gram, 0) + 0.5 * count
    assert unpacked(grams) == expected
    assert (np.diff(grams.keys.astype(object)) > 0).all()


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    texts = ["ABBA", "B", "AAB"] * 20
    whole = count_ngrams([WeightedTexts(texts, 1.0)], VOCABULARY, 3)
    monkeypatch.setattr(ngrams, "CHUNK", 10)
    assert unpacked(count_ngrams([WeightedTexts(iter(texts), 1.0)], VOCABULARY, 3)) == unpacked(whole)


def test_a_character_outside_the_vocabulary_counts_as_unknown():
    assert unpacked(count_ngrams([WeightedTexts(["AX"], 1.0)], VOCABULARY, 2)) == {(0, 1): 1, (1, 3): 1, (3, 4): 1}


@pytest.mark.parametrize(("characters", "order"), [(5, 21), (30, 10), (100, 9), (2000, 5)])
def test_an_order_that_does_not_fit_64_bits_is_lowered(characters, order):
    vocabulary = Vocabulary(tuple(chr(0x4E00 + i) for i in range(characters)))
    text = "".join(vocabulary.characters[i] for i in (0, characters - 1, characters // 2, 0))
    grams = count_ngrams([WeightedTexts([text], 1.0)], vocabulary, 99)
    assert grams.order == order
    assert len(grams.keys) == 5


@given(texts=texts_of, order=st.integers(1, 6))
@settings(max_examples=20)
def test_saved_ngrams_are_the_same_and_have_the_same_bytes(tmp_path_factory, texts, order):
    folder = tmp_path_factory.mktemp("ngrams")
    grams = count_ngrams([WeightedTexts(texts, 0.25)], VOCABULARY, order)
    grams.save(folder / "one.npz")
    loaded = Ngrams.load(folder / "one.npz")
    loaded.save(folder / "two.npz")
    assert (loaded.characters, loaded.order, unpacked(loaded)) == (VOCABULARY.characters, order, unpacked(grams))
    assert (folder / "one.npz").read_bytes() == (folder / "two.npz").read_bytes()


@pytest.mark.parametrize("damage", [b"", b"not a zip", None])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "language_model.npz"
    count_ngrams([WeightedTexts(["ABBA"], 1.0)], VOCABULARY, 3).save(path)
    path.write_bytes(path.read_bytes()[:-30] if damage is None else damage)
    with pytest.raises(
        InkpipeError, match=r"language_model.npz is no language model. Received: .* bytes that are no arrays"
    ):
        Ngrams.load(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InkpipeError, match=r"language_model.npz does not exist. It is made by `dvc repro vocabulary`"):
        Ngrams.load(tmp_path / "language_model.npz")


def test_another_file_of_arrays_is_named(tmp_path):
    path = tmp_path / "language_model.npz"
    np.savez(path, counts=np.zeros(1))
    with pytest.raises(InkpipeError, match="is no language model"):
        Ngrams.load(path)
