import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.data.vocabulary import BLANK, Vocabulary, build, normalize
from inkpipe.errors import InkpipeError

BACKGROUND = " '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"


def built(train, case="upper", unicode_form="NFC", min_count=1, characters=None, **others):
    labels = {"train": train, **others}
    return build(labels, case=case, unicode_form=unicode_form, min_count=min_count, characters=characters)


def test_paper_alphabet_gives_30_characters_33_classes_and_longest_label_34():
    labels = [BACKGROUND, "A" * 34]
    vocabulary = built(labels)
    assert "".join(vocabulary.characters) == BACKGROUND
    assert (len(vocabulary.characters), vocabulary.classes, vocabulary.longest_label) == (30, 33, 34)
    assert vocabulary.encode(" '-AZ`") == [1, 2, 3, 4, 29, 30]
    assert (BLANK, vocabulary.unknown, vocabulary.padding) == (0, 31, 32)


def test_order_does_not_depend_on_the_order_of_labels():
    assert built(["CAB", "D"]) == built(["D", "CAB"])


def test_characters_come_from_training_labels_and_foreign_ones_are_counted_by_split():
    vocabulary = built(["AB"], validation=["AXX"], test=["YB"])
    assert vocabulary.characters == ("A", "B")
    assert vocabulary.foreign == {"test": {"Y": 1}, "train": {}, "validation": {"X": 2}}
    assert "'X' 'Y'" in vocabulary.describe()


def test_rare_characters_read_as_unknown():
    vocabulary = built(["AAB", "A"], min_count=2)
    assert vocabulary.characters == ("A",)
    assert vocabulary.encode("AB") == [1, vocabulary.unknown]
    assert vocabulary.decode([1, vocabulary.unknown]) == "A\N{REPLACEMENT CHARACTER}"


def test_explicit_characters_replace_those_of_the_labels():
    assert built(["ABC"], characters="CZA").characters == ("A", "C", "Z")


def test_explicit_characters_that_no_normalized_label_has_are_refused():
    with pytest.raises(InkpipeError, match="Received: 'ab'"):
        built(["ABC"], characters="abC '")


@given(st.text(alphabet=BACKGROUND, max_size=40))
def test_decode_inverts_encode(text):
    vocabulary = Vocabulary(tuple(BACKGROUND))
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_decode_drops_blank_and_padding():
    vocabulary = Vocabulary(("A", "B"))
    assert vocabulary.decode([0, 1, 0, 2, vocabulary.padding]) == "AB"


def test_json_round_trip_keeps_everything(tmp_path):
    vocabulary = built(["ANNA", "BOB"], validation=["X"])
    vocabulary.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json") == vocabulary
    assert json.loads((tmp_path / "v.json").read_text())["counts"] == {"A": 2, "B": 2, "N": 2, "O": 1}


def test_edited_ids_are_refused(tmp_path):
    content = Vocabulary(("A", "B")).to_json()
    content["ids"]["A"] = 2
    with pytest.raises(InkpipeError, match="edited by hand"):
        Vocabulary.from_json(content)


@pytest.mark.parametrize("characters", [("A", "A"), ("AB",), ()])
def test_no_bijection_is_refused(characters):
    with pytest.raises(InkpipeError, match="distinct single characters"):
        Vocabulary(characters)


@pytest.mark.parametrize(
    ("text", "case", "form", "expected"),
    [
        ("  Noe\u0301mie\t Le ", "upper", "NFC", "NO\u00c9MIE LE"),
        ("No\u00e9mie", "upper", "ascii", "NOEMIE"),
        ("\u210cAns", "keep", "NFKC", "HAns"),
        ("ABC", "lower", "NFC", "abc"),
    ],
)
def test_normalize(text, case, form, expected):
    assert normalize(text, case, form) == expected


@given(st.text(), st.sampled_from(["upper", "lower", "keep"]), st.sampled_from(["NFC", "NFKC", "ascii"]))
def test_normalized_text_has_single_inner_spaces(text, case, form):
    result = normalize(text, case, form)
    assert result == " ".join(result.split())


@pytest.mark.parametrize("case", ["upper", "lower", "keep"])
@pytest.mark.parametrize("form", ["NFC", "NFKC", "ascii"])
def test_normalizing_twice_changes_nothing_whatever_the_letter(case, form):
    letters = [c for c in map(chr, range(0x2FFFF)) if not unicodedata.category(c).startswith("C")]
    once = [normalize(letter, case, form) for letter in letters]
    assert [normalize(text, case, form) for text in once] == once


def test_one_letter_written_in_two_ways_is_one():
    assert normalize("\u0390", "upper", "NFC") == normalize("\u03b9\u0308\u0301", "upper", "NFC") == "\u03aa\u0301"


def test_no_training_character_is_an_error():
    with pytest.raises(InkpipeError, match="No training label"):
        built(["", ""])
    with pytest.raises(InkpipeError, match="min_count"):
        built(["AB"], min_count=2)
