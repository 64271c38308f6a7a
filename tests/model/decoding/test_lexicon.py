import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.lexicon import FORBIDDEN, START, Lexicon

WORDS = ("A", "AB", "BAA")


def accepts(lexicon, text):
    state = START
    for symbol in VOCABULARY.encode(text):
        (state,) = lexicon.after(np.array([state], np.int32), np.array([symbol]))
        if state == FORBIDDEN:
            return False
    return bool(lexicon.complete[state])


VOCABULARY = Vocabulary(tuple(" AB"))
LEXICON = Lexicon(WORDS, VOCABULARY)


@given(st.text(" AB", max_size=8))
def test_a_text_may_consist_of_listed_words_with_single_spaces(text):
    assert accepts(LEXICON, text) == (text == "" or all(word in WORDS for word in text.split(" ")))


@pytest.mark.parametrize("text", ["X", "AX", "B"])
def test_an_unknown_character_or_an_incomplete_word_is_no_text(text):
    assert not accepts(LEXICON, text)


def test_an_alphabet_without_space_has_single_words():
    lexicon = Lexicon(["AB"], Vocabulary(tuple("AB")))
    assert lexicon.complete.tolist() == [True, False, False, True]


def test_a_saved_lexicon_is_the_same(tmp_path):
    LEXICON.save(tmp_path / "lexicon.txt")
    assert (tmp_path / "lexicon.txt").read_text() == "A\nAB\nBAA\n"
    assert Lexicon.read(str(tmp_path / "lexicon.txt"), VOCABULARY).words == WORDS


def test_words_are_normalized_and_lines_of_several_words_are_split(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("ab\n\n  a  BAA \nab\nÉtoile\n", encoding="utf-8")
    told = []
    assert Lexicon.read(str(path), VOCABULARY, told.append).words == WORDS
    assert told == ["decode.lexicon: 3 lines used, 1 skipped, as they hold 'E' 'I' 'L' 'O' 'T' 'É'"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "decode.lexicon: the file holds no text"),
        (b" \n\n", "decode.lexicon: the file holds no text"),
        (b"XY\nZ\n", r"decode.lexicon: each of the 2 lines holds a character outside .* Received: 'X' 'Y' 'Z' in"),
        (b"\xff\xfeA", r"decode.lexicon: the file cannot be read: not text in UTF-8 \(.* at byte 0\)"),
        (None, "decode.lexicon: the file cannot be read: no such file"),
    ],
)
def test_a_word_list_that_cannot_be_used_is_named(tmp_path, content, message):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InkpipeError, match=message):
        Lexicon.read(str(path), VOCABULARY)
