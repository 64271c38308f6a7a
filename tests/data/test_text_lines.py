import pytest

from inkpipe.data.text_lines import TextLines
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError

VOCABULARY = Vocabulary(tuple(" ABC"))


@pytest.fixture
def lines(tmp_path):
    """The lines of a file with some content."""

    def of(content, notify=None):
        path = tmp_path / "text.txt"
        path.write_bytes(content)
        return TextLines(path, VOCABULARY, "some.parameter", notify)

    return of


@pytest.mark.parametrize("content", [b"ab\nca b\n", b"\xef\xbb\xbfab\r\n\r\n  ca   b ", b"AB\n\n\nCA B\n\n"])
def test_lines_are_normalized_and_empty_ones_vanish(lines, content):
    told = []
    some = lines(content, told.append)
    assert list(some) == list(some) == ["AB", "CA B"]
    assert told == []


def test_lines_with_foreign_characters_are_skipped_counted_and_the_characters_named(lines):
    told = []
    assert list(lines(b"ab\nxa\nxy\n1\n", told.append)) == ["AB"]
    assert told == ["some.parameter: 1 lines used, 3 skipped, as they hold 'X' '1' 'Y'"]


def test_of_many_foreign_characters_the_most_frequent_are_named(lines):
    content = "".join(f"{chr(0x100 + i)}\n" for i in range(0, 100, 2)) * 2 + "\N{DIGIT NINE}\n" * 9
    with pytest.raises(InkpipeError, match=r"each of the 109 lines .* Received: '9' ('.' ){19}\.\.\. in "):
        list(lines(content.encode()))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InkpipeError, match=r"some.parameter: the file cannot be read: Is a directory. Received: "):
        list(TextLines(tmp_path, VOCABULARY, "some.parameter"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "holds no text"), (b"\n \n", "holds no text"), (b"a\xff", "not text in UTF-8"), (b"x", "outside")],
)
def test_a_file_that_cannot_be_used_is_named(lines, content, message):
    with pytest.raises(InkpipeError, match=rf"some.parameter: .*{message}.*text.txt"):
        list(lines(content))
