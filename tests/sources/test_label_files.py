import codecs
import csv
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.sources.label_files import CsvRow, read_labels, read_list
from inkpipe.synthetic.names import NameGenerator, label_of


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
        'filename, label\na.jpg, "ZOÉ"\n'.encode(),
        'filename,label\na.jpg , "ZOÉ" \n'.encode(),
        "filename,label\ra.jpg,ZOÉ\r".encode(),
        "filename,label\r\n\ra.jpg,ZOÉ\n  \n , \r\n".encode(),
        'sep=|\r\n"FileName"|"LABEL"|\r\na.jpg|ZOÉ|\r\n'.encode(),
        codecs.BOM_UTF8 * 2 + '\n"filename";"label"\na.jpg;"ZOÉ"\n'.encode(),
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
        "blanks after all delimiters",
        "blanks around quotes",
        "cr",
        "line ends of three sorts",
        "excel's hint",
        "two BOMs",
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


plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
LINE_ENDS = ["\n", "\r\n", "\r"]


def written(row, **dialect):
    """One line of the csv module, without its end."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="", **dialect).writerow(row)
    return stream.getvalue()


@given(
    st.lists(st.tuples(plain.filter(str.strip), plain)),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.data(),
)
def test_labels_in_any_dialect_come_back(rows, delimiter, quoting, data):
    lines = [written(row, delimiter=delimiter, quoting=quoting) for row in [("filename", "label"), *rows]]
    ends = data.draw(st.lists(st.sampled_from(LINE_ENDS), min_size=len(lines), max_size=len(lines)))
    content = "".join(map("".join, zip(lines, ends, strict=True)))
    assert pairs(content.encode()) == [(name.strip(), text if text.strip() else None) for name, text in rows]


@given(
    st.lists(st.tuples(plain.filter(str.strip), plain)),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([" ", "  "]),
    st.sampled_from(LINE_ENDS),
)
def test_labels_with_blanks_after_delimiters_come_back_as_from_the_csv_module(rows, delimiter, quoting, blanks, end):
    content = "".join(
        (delimiter + blanks).join(written([cell], delimiter=delimiter, quoting=quoting) for cell in row) + end
        for row in [("filename", "label"), *rows]
    )
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, skipinitialspace=True)
    next(reader)
    assert pairs(content.encode()) == [(name.strip(), text if text.strip() else None) for name, text in reader]
    if quoting == csv.QUOTE_ALL:
        assert [text for _, text in pairs(content.encode())] == [text if text.strip() else None for _, text in rows]


@given(
    st.lists(st.tuples(plain, plain).filter(lambda row: not set("".join(row)) & set(',;\t|"')), min_size=1),
    st.sampled_from(",;\t|"),
)
def test_unquoted_labels_come_back(rows, delimiter):
    lines = [written(row, delimiter=delimiter, quoting=csv.QUOTE_NONE) for row in [("filename", "label"), *rows]]
    present = [row for row in rows if "".join(row).strip()]
    expected = [(name.strip(), text if text.strip() else None) for name, text in present]
    assert pairs("\n".join(lines).encode()) == expected


def test_an_unclosed_quote_among_blanks_is_named():
    with pytest.raises(InkpipeError, match=r"not well-formed CSV"):
        pairs(b'filename,label\na.jpg, "A"\nb.jpg, "B\nc.jpg, "C"\n')


def test_characters_that_probably_do_not_belong_to_the_labels_are_announced(capsys):
    content = "filename,label\n" + "".join(f"{number}.jpg,'{name}'\n" for number, name in enumerate(["ANNE", "D'ARC"]))
    assert pairs(content.encode()) == [("0.jpg", "'ANNE'"), ("1.jpg", "'D'ARC'")]
    assert capsys.readouterr().out == (
        'labels.csv: "\'" (APOSTROPHE) stands at the start or end of 2 of 2 labels, for example "\'ANNE\'". '
        "Check it against the images: if it is not written there, remove it from the labels.\n"
    )


def test_lists_without_a_header_are_looked_at_too_and_end_lines_at_line_ends_alone(capsys):
    rows = list(read_list(b'0.png,"ANNE"\r\n1.png,"L\x0cEA"\n2.png,"ROSE"', "list.csv"))
    assert [(row.line, row.label) for row in rows] == [(1, '"ANNE"'), (2, '"L\x0cEA"'), (3, '"ROSE"')]
    assert "(QUOTATION MARK) stands at the start or end of 3 of 3 labels" in capsys.readouterr().out


def test_ordinary_labels_are_not_announced(capsys):
    names = ["ANNE", "D'ARC", "LEA-ROSE", "DOE; JANE", "ZOÉ", " KIM "]
    pairs(("filename,label\n" + "".join(f"{number}.jpg,{name}\n" for number, name in enumerate(names))).encode())
    assert capsys.readouterr().out == ""


def test_labels_of_the_real_sample_are_not_announced(shared_sample, capsys):
    with zipfile.ZipFile(shared_sample) as archive:
        label_files = sorted(name for name in archive.namelist() if name.endswith(".csv"))
        assert [len(list(read_labels(archive.read(name), name))) for name in label_files] == [64, 9477, 500]
    assert capsys.readouterr().out == ""


def test_synthetic_labels_are_not_announced(make_params, capsys):
    names = NameGenerator(make_params().synthetic.names)
    texts = [label_of(names.generate(np.random.default_rng(index), index)) for index in range(2000)]
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("filename", "label"), *enumerate(texts)])
    assert [text for _, text in pairs(stream.getvalue().encode())] == texts
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"scan,label\na.jpg,A\n", b"a.jpg,A\n"])
def test_a_missing_column_names_those_there(content):
    with pytest.raises(
        InkpipeError, match=r"labels.csv has no column 'filename' \(or file_name, .*\). Received the columns: \["
    ):
        pairs(content)
    with pytest.raises(
        InkpipeError, match=r"no column 'label' \(or identity, text, .*\). Received the columns: \['filename', 'name'\]"
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
        ("filename,label,label", "'label'"),
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


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("image,text,label", ("c1", "c3")),
        ("path,file_name,text,LABEL", ("c2", "c4")),
        ("img,Transcription", ("c1", "c2")),
    ],
)
def test_of_several_columns_with_usual_names_the_best_counts(header, taken):
    names = header.split(",")
    cells = [f"c{place}" for place in range(1, len(names) + 1)]
    (row,) = read_labels(f"{header}\n{','.join(cells)}\n".encode(), "labels.csv")
    assert (row.filename, row.label) == taken
    assert set(row.extra) == {name for name, cell in zip(names, cells, strict=True) if cell not in taken}
