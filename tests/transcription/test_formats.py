import csv
import io
import json

import pyarrow.parquet as pq

from inkpipe.model.prediction import Alternative
from inkpipe.transcription import formats
from inkpipe.transcription.formats import write_csv, write_file, write_json_lines, write_text
from inkpipe.transcription.rows import Row

BEST, SECOND = Alternative("AB", 0.75, -0.5), Alternative("=A", 0.25, -1.5)
ROWS = [
    Row("a.jpg", "AB", 0.75, (0.5, 1.0), (BEST, SECOND), per_character=0.707107),
    Row("two\nlines.jpg", "Ä", 0.125, (0.125,), (Alternative("Ä", 0.125, -2.0),), ("ink_fraction: 0.",)),
    Row("gone.jpg", error="No such file."),
]


def written(write, top, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding, newline="")
    write(ROWS, stream, top)
    stream.seek(0)
    return stream.read()


def test_text_is_a_line_an_image_with_what_is_wrong_at_its_end():
    assert written(write_text, 1).splitlines() == [
        "a.jpg\tAB\t0.750",
        r"two\nlines.jpg" "\tÄ\t0.125\tink_fraction: 0.",
        "gone.jpg\t\t\tNo such file.",
    ]


def test_small_confidences_keep_a_digit():
    stream = io.StringIO()
    write_text([Row("a.jpg", "AB", 0.0004), Row("b.jpg", "AB", 0.0005), Row("c.jpg", "AB", 0.0)], stream, 1)
    assert [line.split("\t")[2] for line in stream.getvalue().splitlines()] == ["4e-04", "0.001", "0.000"]


def test_csv_for_a_terminal_that_lacks_a_character_is_escaped():
    assert list(csv.reader(io.StringIO(written(write_csv, 1, "ascii"))))[2][:2] == ["two\nlines.jpg", r"\xc4"]


def test_text_has_further_texts_with_their_confidence():
    assert written(write_text, 3).splitlines() == [
        "a.jpg\tAB\t0.750\t=A\t0.250\t\t",
        r"two\nlines.jpg" "\tÄ\t0.125\t\t\t\t\tink_fraction: 0.",
        "gone.jpg\t\t\t\t\t\t\tNo such file.",
    ]


def test_text_for_a_terminal_that_lacks_a_character_is_escaped():
    assert written(write_text, 1, "ascii").splitlines()[1] == r"two\nlines.jpg" "\t" r"\xc4" "\t0.125\tink_fraction: 0."


def test_csv_has_a_header_and_a_record_an_image():
    assert list(csv.reader(io.StringIO(written(write_csv, 2)))) == [
        ["image", "text", "confidence", "per_character", "characters", "error", "warnings", "text_2", "confidence_2"],
        ["a.jpg", "AB", "0.75", "0.707107", "0.5 1.0", "", "", "'=A", "0.25"],
        ["two\nlines.jpg", "Ä", "0.125", "", "0.125", "", "ink_fraction: 0.", "", ""],
        ["gone.jpg", "", "", "", "", "No such file.", "", "", ""],
    ]


def test_json_lines_have_the_rows():
    lines = written(write_json_lines, 2).splitlines()
    assert [Row.from_json(json.loads(line)) for line in lines] == ROWS
    assert json.loads(lines[0])["alternatives"][1] == {"text": "=A", "confidence": 0.25, "score": -1.5}
    assert "Ä" in lines[1]
    assert r"\u00c4" in written(write_json_lines, 2, "ascii").splitlines()[1]


def test_parquet_has_the_rows_in_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "ROWS", 2)
    write_file(iter(ROWS), tmp_path / "rows.parquet", "parquet", 2)
    table = pq.read_table(tmp_path / "rows.parquet")
    assert [Row.from_json(row) for row in table.to_pylist()] == ROWS
    assert table.column_names == list(Row._fields)
    assert pq.ParquetFile(tmp_path / "rows.parquet").num_row_groups == 2


def test_no_row_is_a_table_of_no_row(tmp_path):
    for name in ("parquet", "csv", "jsonl", "text"):
        write_file([], tmp_path / name, name, 1)
    assert pq.read_table(tmp_path / "parquet").num_rows == 0
    assert (tmp_path / "csv").read_text() == "image,text,confidence,per_character,characters,error,warnings\n"
    assert (tmp_path / "jsonl").read_text() == (tmp_path / "text").read_text() == ""
