import csv
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from tests.documents import LINES, alto, page_image, page_xml
from tests.documents import png as encoded
from tests.review.conftest import ANNA, BEN, Data, StandIn, png

from inkpipe.errors import InkpipeError
from inkpipe.review.corrected_texts import corrections, write_corpus, write_table, write_transcripts
from inkpipe.review.database import open_review
from inkpipe.review.given_data import GivenImage, open_data
from inkpipe.review.intake import recognize, take_in
from inkpipe.review.work import decide
from inkpipe.sources.folder import FolderSource
from inkpipe.transcripts import parse_transcript


@pytest.fixture
def checked(database, answer):
    """Of five images one is corrected, one accepted in the random sample, one unreadable, one skipped, one open."""
    decide(database, ANNA, answer(3, "AC"))
    decide(database, BEN, answer(4, "ABA", queue="random"))
    decide(database, ANNA, answer(2, None))
    decide(database, ANNA, answer(5, ...))
    return database


def samples(folder):
    source = FolderSource(folder)
    return {split: list(source.samples(split)) for split in ("train", "validation", "test") if source.count(split)}


def test_the_folder_source_reads_the_corpus_with_who_and_when_and_which_model(checked, tmp_path):
    assert write_corpus(checked, tmp_path / "corpus", corrections(checked)) == {"train": 1, "test": 1}
    (train,) = samples(tmp_path / "corpus")["train"]
    assert (train.label, train.image) == ("AC", png(3))
    when = checked.value("SELECT decided_at FROM decisions WHERE image = 3")
    assert dict(train.extra) == {
        "name": "3.png",
        "decision": "corrected",
        "reviewer": "Anna",
        "reviewed_at": when,
        "model": "inkpipe version 1",
        "prediction": "B",
        "confidence": "0.300000",
        "queue": "confidence",
    }
    (test,) = samples(tmp_path / "corpus")["test"]  # the random sample, and nothing else
    assert (test.label, test.extra["decision"], test.extra["reviewer"]) == ("ABA", "accepted", "Ben")


def test_what_was_undone_or_decided_on_by_an_earlier_model_is_told_as_it_was(checked, fill, tmp_path):
    with checked.change() as connection:
        connection.execute("UPDATE decisions SET undone_at = 'x' WHERE image = 4")
        connection.execute("UPDATE images SET decision = NULL WHERE id = 4")
    recognize(checked, StandIn({3: ("CCC", 0.9)}, "d2"), "inkpipe version 2", ())
    (row,) = (row for row in corrections(checked) if row.text is not None)
    assert (row.text, row.said["prediction"], row.said["model"]) == ("AC", "B", "inkpipe version 1")
    assert row.said["confidence"] is None  # that of version 2 is of another text


def test_unchecked_images_come_if_they_are_asked_for(file, fill, answer):
    fill(file, labels={1: "CC", 3: "C"})
    with open_review(file) as database:
        decide(database, ANNA, answer(3, "AC"))

        def texts(**options):
            return {row.name: (row.text, row.said["decision"]) for row in corrections(database, **options)}

        assert texts() == {"3.png": ("AC", "corrected")}
        assert texts(with_labels=True) == {"1.png": ("CC", "label"), "3.png": ("AC", "corrected")}
        assert texts(accept=0.8) == {"1.png": ("A", "unseen"), "3.png": ("AC", "corrected"), "4.png": ("ABA", "unseen")}


def test_images_that_no_model_has_read_yet_are_not_accepted(file, fill):
    fill(file)
    with open_review(file) as database:
        take_in(database, Data([GivenImage("6.png", png(6))]))
        assert [row.name for row in corrections(database, accept=0.0)] == [f"{number}.png" for number in range(1, 6)]


def test_columns_of_the_data_that_clash_are_kept_under_another_name(file, fill, answer, tmp_path):
    extra = {"text": "t", "source_text": "s", "Identity": "i", "name": "n", "model": None, "writer": "w"}
    fill(file, extra=extra)
    with open_review(file) as database:
        decide(database, ANNA, answer(3, "AC"))
        write_corpus(database, tmp_path / "corpus", corrections(database))
    (sample,) = samples(tmp_path / "corpus")["train"]
    assert sample.label == "AC"
    assert {name: sample.extra[name] for name in ("name", "model", "writer")} == {
        "name": "3.png",
        "model": "inkpipe version 1",
        "writer": "w",
    }
    assert {name: value for name, value in sample.extra.items() if name.startswith("source_")} == {
        "source_text": "s",
        "source_source_text": "t",
        "source_Identity": "i",
        "source_name": "n",
        "source_model": None,
    }


def test_data_in_a_layout_keeps_its_splits_and_columns(file, fill, answer, tmp_path):
    fill(file, split="validation", extra={"writer": "w1"})
    with open_review(file) as database:
        decide(database, ANNA, answer(3, "AC", queue="random"))
        assert write_corpus(database, tmp_path / "corpus", corrections(database)) == {"validation": 1}
    (sample,) = next(iter(samples(tmp_path / "corpus").values()))
    assert sample.extra["writer"] == "w1"


def test_a_review_without_texts_gives_no_corpus(database, tmp_path, answer):
    decide(database, ANNA, answer(3, None))
    with pytest.raises(InkpipeError, match="No image has a text yet"):
        write_corpus(database, tmp_path / "corpus", corrections(database))
    assert not (tmp_path / "corpus").exists()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "'A", "=cmd|' /C calc'!A0"]


def test_no_cell_of_the_table_is_a_formula_and_the_corpus_has_the_texts_as_they_are(file, fill, answer, tmp_path):
    numbers = range(1, len(FORMULAS) + 1)
    fill(file, dict.fromkeys(numbers, ("A", 0.5)))
    with open_review(file) as database:
        with database.change() as connection:
            connection.execute("UPDATE images SET name = '=1.png' WHERE id = 1")
        for number, text in zip(numbers, FORMULAS, strict=True):
            decide(database, ANNA._replace(name="=HYPERLINK(1)"), answer(number, text))
        assert write_table(tmp_path / "table.csv", corrections(database)) == len(FORMULAS)
        write_corpus(database, tmp_path / "corpus", corrections(database))
    with (tmp_path / "table.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [row[1].removeprefix("'") for row in rows[1:]] == FORMULAS
    assert (rows[1][0], rows[1][4]) == ("'=1.png", "'=HYPERLINK(1)")
    assert pq.read_table(tmp_path / "corpus/train.parquet")["text"].to_pylist() == FORMULAS


@pytest.mark.parametrize("make", [page_xml, alto])
def test_texts_are_written_back_into_the_transcripts(make, file, tmp_path, answer):
    """One line is corrected, one transcribed for the first time, one left alone, and one's text is not changed."""
    lines = [replace(line, text="OLD" if place != 1 else None) for place, line in enumerate(LINES)]
    (tmp_path / "data/xml").mkdir(parents=True)
    (tmp_path / "data/page.png").write_bytes(encoded(page_image(LINES)))
    (tmp_path / "data/xml/page.xml").write_bytes(make(lines))

    class AllTheSame(StandIn):
        def recognize_each(self, images):
            for key, _ in images:
                yield key, next(result for _, result in StandIn({1: ("A", 0.9)}).recognize_each([(0, png(1))]))

    with open_review(file, create=True) as database:
        take_in(database, open_data([str(tmp_path / "data")], None, {}))
        recognize(database, AllTheSame({}), "version 1", ())
        names = [name for (name,) in database.rows("SELECT name FROM images ORDER BY id")]
        decide(database, ANNA, answer(names.index(f"page/{LINES[0].id}") + 1, "NEW <1>"))
        decide(database, ANNA, answer(names.index(f"page/{LINES[1].id}") + 1, "FIRST"))
        written = write_transcripts(database, tmp_path / "out", corrections(database))
        with pytest.raises(InkpipeError, match=r"is not empty. Received: .*data with page.png. Name a new one,"):
            write_transcripts(database, tmp_path / "data", corrections(database))
    assert (tmp_path / "data/xml/page.xml").read_bytes() == make(lines)
    assert written == ({"xml/page.xml": 2}, [])
    (page,) = parse_transcript((tmp_path / "out/xml/page.xml").read_bytes()).pages
    texts = {line.id: line.text for _, line in page.lines()}
    assert texts == {line.id: "OLD" for line in LINES} | {LINES[0].id: "NEW <1>", LINES[1].id: "FIRST"}


def test_texts_whose_lines_are_gone_are_named(file, tmp_path, answer):
    data = tmp_path / "data"
    data.mkdir()
    (data / "page.png").write_bytes(encoded(page_image(LINES)))
    with open_review(file, create=True) as database:
        for lines in (LINES, [LINES[0]]):
            (data / "page.xml").write_bytes(page_xml(lines))
            take_in(database, open_data([str(data)], None, {}))
        names = [name for (name,) in database.rows("SELECT name FROM images ORDER BY id")]
        for line in LINES[:2]:
            decide(database, ANNA, answer(names.index(f"page/{line.id}") + 1, "NEW"))
        written = write_transcripts(database, tmp_path / "out", corrections(database))
    assert written == ({"page.xml": 1}, [f"page/{LINES[1].id}"])


def test_images_without_transcripts_give_none(checked, tmp_path):
    with pytest.raises(InkpipeError, match="No text is of a line of PAGE XML or ALTO"):
        write_transcripts(checked, tmp_path / "out", corrections(checked))


@pytest.mark.parametrize("name", ["../out.xml", "/out.xml", "a/../../out.xml", "..\\out.xml", "C:out.xml", "a\0.xml"])
def test_the_names_of_a_foreign_review_lead_nowhere(checked, tmp_path, name):
    with checked.change() as connection:
        connection.execute("INSERT INTO transcripts VALUES (?, ?)", [name, page_xml(LINES)])
        connection.execute("INSERT INTO pages VALUES ('page', ?, ?)", [name, json.dumps({"l1": 0})])
        connection.execute("""UPDATE images SET extra = '{"page": "page", "line": "l1"}' WHERE id = 3""")
    with pytest.raises(InkpipeError, match="leads out of its folder"):
        write_transcripts(checked, tmp_path / "deep/out", corrections(checked))
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".xml"] == []
