import time

import pytest

from inkpipe.sources.csv_dialect import DELIMITERS, is_hint, open_rows

COLUMNS = (("filename",), ("label", "identity"))


def rows(text):
    return list(open_rows(text, COLUMNS))


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize(
    "header",
    ["filename{}label", '"filename"{}"label"', ' "Filename" {} "Label" ', "IDENTITY{}filename{}", "filename{}label{}x"],
)
def test_each_delimiter_in_headers_of_many_writings(delimiter, header):
    assert len(rows(f"{header.format(*[delimiter] * 2)}\nx")[0]) == header.count("{}") + 1


def test_delimiters_count_where_they_delimit():
    assert rows('filename,label,"a;b;c;d"\n') == [["filename", "label", "a;b;c;d"]]
    assert rows("filename,label;1;2;3,label\n")[0] == ["filename", "label;1;2;3", "label"]
    assert rows("filename,label\ra.jpg,A;B;C\r") == [["filename", "label"], ["a.jpg", "A;B;C"]]


@pytest.mark.parametrize("above", ["", "\n", "\r\r", ";;\r\n", "sep=;\n", '"sep=;"\r', "SEP=;\n\n"])
def test_lines_above_the_header_do_not_decide(above):
    read = [cells for cells in rows(f"{above}filename;label,x\n") if not is_hint(cells)]
    assert read == [["filename", "label,x"]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a.jpg, "SMITH"', ["a.jpg", "SMITH"]),
        ('"a.jpg" , "SMITH" ', ["a.jpg", "SMITH"]),
        ('  "a.jpg"  ,\t "SMITH"\t', ["a.jpg", "SMITH"]),
        ('a.jpg,\xa0"SMITH"', ["a.jpg", "SMITH"]),
        ('a.jpg, " SMITH "', ["a.jpg", " SMITH "]),
        ('a.jpg, "DOE, ""JO"""', ["a.jpg", 'DOE, "JO"']),
        ('a.jpg, ""', ["a.jpg", ""]),
        ('a.jpg,6" PIPE', ["a.jpg", '6" PIPE']),
        ('a.jpg,THE "A" TEAM', ["a.jpg", 'THE "A" TEAM']),
        ("a.jpg,'SMITH'", ["a.jpg", "'SMITH'"]),
        ("a.jpg, SMITH", ["a.jpg", " SMITH"]),
        ('a.jpg,", ""A"""', ["a.jpg", ', "A"']),
    ],
)
def test_blanks_and_quotes(line, cells):
    assert rows(f"filename,label\n{line}\n")[1] == cells


def test_blanks_in_the_header_announce_blanks_in_the_rows():
    assert rows("filename, label\na.jpg, A\n")[1] == ["a.jpg", "A"]
    assert rows('filename,label," note"\na.jpg, A,\n')[1] == ["a.jpg", " A", ""]


def test_line_ends_of_three_sorts_in_one_file():
    assert rows("filename,label\ra,A\r\nb,B\nc,C") == [["filename", "label"], ["a", "A"], ["b", "B"], ["c", "C"]]


def test_time_is_linear_in_the_size():
    """Unclosed and doubled quotes do not make the search for quoted cells slow."""
    start = time.perf_counter()
    for odd in (' "', '"""y,', ' "x""', '""', " "):
        open_rows("filename,label\n" + f"a.jpg,{odd}\n" * 100_000, COLUMNS)
        open_rows("filename,label\na.jpg," + f",{odd}" * 100_000, COLUMNS)
    assert time.perf_counter() - start < 20
