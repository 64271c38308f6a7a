import io
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.output import as_json, counted, decodable, neutralized, printable, some

E_ACUTE = "\N{LATIN SMALL LETTER E WITH ACUTE}"


def stream(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding, errors="strict")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "utf-16"])
@pytest.mark.parametrize(
    "name", [b"caf\xe9.jpg", b"\xff\xfe", b"two\nlines\t.jpg", b"\x1b[31mred.jpg", b"\xc3\xa9", b""]
)
def test_every_name_can_be_printed_on_one_line(name, encoding):
    out = stream(encoding)
    text = printable(os.fsdecode(name), out)
    print(text, file=out)
    assert not set(text) & set("\n\t\x1b")


def test_a_message_names_the_first_of_many():
    out = stream("ascii")
    assert some([E_ACUTE, "b"], out) == r"\xe9; b"
    assert some(list("abcdef"), out) == "a; b; c; d; e; ..."


def test_names_are_escaped_only_where_they_must_be():
    assert printable(os.fsdecode(b"caf\xe9.jpg"), stream("utf-8")) == r"caf\xe9.jpg"
    assert printable(f"caf{E_ACUTE}.jpg", stream("utf-8")) == f"caf{E_ACUTE}.jpg"
    assert printable(f"caf{E_ACUTE}.jpg", stream("ascii")) == r"caf\xe9.jpg"
    assert printable(E_ACUTE, io.StringIO()) == E_ACUTE
    assert decodable("lone \ud800") == r"lone \ud800"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_survives_every_encoding(encoding):
    out = stream(encoding)
    value = [{"image": decodable(os.fsdecode(b"\xe9 \xce\xb1\n")), "text": E_ACUTE}]
    print(as_json(value, out), file=out, flush=True)
    assert json.loads(out.buffer.getvalue().decode(encoding)) == value


@pytest.mark.parametrize(
    "cell",
    ["=1+2", "+49", "-5", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", "\t=1", "\r=1", "\n=1", "'quoted'"],
)
def test_a_cell_that_a_spreadsheet_may_run_gets_an_apostrophe(cell):
    assert neutralized(cell) == f"'{cell}"


@settings(deadline=None)
@given(st.text())
def test_every_cell_is_harmless_and_comes_back_by_taking_one_apostrophe_from_its_front(text):
    cell = neutralized(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text


def test_numbers_and_nothing_stay_as_they_are():
    assert [neutralized(cell) for cell in (-0.5, None, "", "O'NEILL")] == [-0.5, None, "", "O'NEILL"]


def test_one_thing_is_no_plural():
    assert [counted(number, "epoch") for number in (0, 1, 1200)] == ["0 epochs", "1 epoch", "1,200 epochs"]
