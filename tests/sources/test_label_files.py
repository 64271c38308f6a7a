import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.sources.label_files import CsvRow, read_labels


def pairs(content):
    return [(row.filename, row.label) for row in read_labels(content, "labels.csv")]


@pytest.mark.parametrize(
    "content",
    [
        "FILENAME,IDENTITY\na.jpg,ZOÉ\n".encode(),
        "FILENAME,IDENTITY\na.jpg,ZOÉ\n".encode("latin-1"),
        "FILENAME,IDENTITY\na.jpg,ZOÉ\n".encode("utf-16"),
        codecs.BOM_UTF8 + "filename,label\r\na.jpg,ZOÉ\r\n".encode(),
        "filename;label\r\na.jpg;ZOÉ".encode(),
        "label\tfilename\nZOÉ\ta.jpg\n".encode(),
        ' Filename , Label ,note\n"a.jpg","ZOÉ",x\n'.encode(),
        "filename,label\n\n a.jpg ,ZOÉ,,\n\n".encode(),
    ],
    ids=[
        "utf-8",
        "latin-1",
        "utf-16",
        "bom+crlf",
        "semicolon",
        "tab",
        "spaces+quotes+more columns",
        "blank lines+cells",
    ],
)
def test_one_label_in_many_writings(content):
    assert pairs(content) == [("a.jpg", "ZOÉ")]


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("CŒUR", "cp1252", "labels.csv is not UTF-8: it is decoded as Windows-1252.\n"),
        ("O\u2019NEIL", "cp1252", "labels.csv is not UTF-8: it is decoded as Windows-1252.\n"),
        ("X…Y", "cp1252", "labels.csv is not UTF-8: it is decoded as Windows-1252.\n"),
        ("ZO\x81É", "latin-1", "labels.csv is not UTF-8: it is decoded as Latin-1.\n"),
        ("CŒUR", "utf-16", "labels.csv is not UTF-8: it is decoded as UTF-16.\n"),
        ("CŒUR", "utf-8-sig", ""),
    ],
)
def test_an_encoding_other_than_utf_8_is_announced(text, encoding, message, capsys):
    assert pairs(f"filename,label\na.jpg,{text}\n".encode(encoding)) == [("a.jpg", text)]
    assert capsys.readouterr().out == message


def test_a_few_lines_that_are_not_utf_8_are_damage():
    rows = [f"{number}.jpg,ZOÉ\n".encode() for number in range(300)]
    rows[40] = rows[200] = "x.jpg,ZOÉ\n".encode("latin-1")
    message = (
        r"Line 42 of labels.csv is not UTF-8. All of the file is UTF-8 except 2 of its lines. "
        r"Received: b'x.jpg,ZO\\xc9'"
    )
    with pytest.raises(InkpipeError, match=message):
        pairs(b"filename,label\n" + b"".join(rows))


def test_many_lines_that_are_not_utf_8_are_another_encoding():
    rows = "".join(f"{number}.jpg,ZOÉ\n" for number in range(300)).encode("cp1252") + "y.jpg,ZOÉ\n".encode()
    assert pairs(b"filename,label\n" + rows)[-2:] == [("299.jpg", "ZOÉ"), ("y.jpg", "ZOÃ‰")]


def test_a_bom_says_utf_8_whatever_follows():
    with pytest.raises(InkpipeError, match=r"Line 2 of labels.csv is not UTF-8"):
        pairs(codecs.BOM_UTF8 + "filename,label\na.jpg,ZOÉ\n".encode("latin-1"))


@pytest.mark.parametrize("text", ["NA", "NULL", "NAN", "None", "TRUE", "007", "1e5"])
def test_words_that_look_like_values_stay_text(text):
    assert pairs(f"filename,label\na.jpg,{text}\n".encode()) == [("a.jpg", text)]


def test_blank_labels_are_null_and_others_untouched():
    assert pairs(b'filename,label\na.jpg,\nb.jpg,"  "\nc.jpg\nd.jpg, de la  CRUZ \n') == [
        ("a.jpg", None),
        ("b.jpg", None),
        ("c.jpg", None),
        ("d.jpg", " de la  CRUZ "),
    ]


def test_lines_and_splits():
    assert list(read_labels(b"split,filename,label\nTrain,a.jpg,A\n,b.jpg,B\n", "x")) == [
        CsvRow(2, "a.jpg", "A", "train"),
        CsvRow(3, "b.jpg", "B", ""),
    ]
    assert [row.split for row in read_labels(b"filename,label\na.jpg,A\n", "x")] == [None]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(cells.filter(str.strip), cells)))
def test_whatever_the_csv_module_writes_comes_back(rows):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows([("filename", "label"), *rows])
    assert pairs(stream.getvalue().encode()) == [(name.strip(), text if text.strip() else None) for name, text in rows]


@pytest.mark.parametrize("content", [b"", b"image,label\na.jpg,A\n", b"a.jpg,A\n"])
def test_a_missing_column_names_those_there(content):
    with pytest.raises(InkpipeError, match=r"labels.csv has no column 'filename'. Received the columns: \["):
        pairs(content)
    with pytest.raises(
        InkpipeError, match=r"no column 'label' or 'identity'. Received the columns: \['filename', 'name'\]"
    ):
        pairs(b"filename,name\n")


def test_a_row_that_is_too_wide_is_named():
    with pytest.raises(InkpipeError, match=r"Line 3 of labels.csv has 3 cells under 2 columns.*'DOE'"):
        pairs(b"filename,label\na.jpg,A\nb.jpg,DOE,JOHN\n")


def test_an_open_quote_is_named():
    with pytest.raises(InkpipeError, match=r"not well-formed CSV.*near line 4"):
        pairs(b'filename,label\na.jpg,"A\nb.jpg,B\nc.jpg,C\n')


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("filename,label,label", "'label' or 'identity'"),
        ("filename,Label,IDENTITY", "'label' or 'identity'"),
        ("filename,label,filename", "'filename'"),
        ("filename,label,split,split", "'split'"),
    ],
)
def test_a_column_that_is_there_twice_is_named(header, column):
    with pytest.raises(InkpipeError, match=f"labels.csv has more than one column {column}. Received the columns"):
        pairs(f"{header}\na.jpg,A,B,train\n".encode())


def test_a_field_that_is_too_long_is_refused():
    with pytest.raises(InkpipeError, match=r"near line 2. .*A field has at most 131,072 characters: shorten"):
        pairs(b"filename,label\na.jpg," + b"A" * 131_073 + b"\n")
