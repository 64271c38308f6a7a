import json
import sqlite3
from dataclasses import replace

import pytest
from tests.documents import LINES, page_image, page_xml, png
from tests.review.conftest import TEXTS, Data, StandIn
from tests.review.conftest import png as image

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.review import intake
from inkpipe.review.database import open_review
from inkpipe.review.given_data import GivenImage, open_data
from inkpipe.review.intake import recognize, take_in


def test_images_are_taken_in_once(file):
    given = Data([GivenImage("1.png", image(1)), GivenImage("2.png", image(2), "AB", "test", {"writer": "w"})])
    with open_review(file, create=True) as database:
        assert take_in(database, given) == (2, [], [])
        assert take_in(database, Data([*given, GivenImage("3.png", image(3))])) == (1, [], [])
        row = database.row("SELECT name, label, split, extra FROM images WHERE id = 2")
        assert tuple(row) == ("2.png", "AB", "test", '{"writer": "w"}')
        assert database.value("SELECT content FROM pictures WHERE image = 3") == image(3)


def test_other_bytes_under_a_known_name_and_files_without_bytes_are_told(file):
    with open_review(file, create=True) as database:
        take_in(database, Data([GivenImage("1.png", image(1))]))
        given = [GivenImage("1.png", image(2)), GivenImage("2.png", UnreadableImage("Gone."))]
        assert take_in(database, Data(given)) == (0, ["1.png"], [("2.png", "Gone.")])
        assert database.value("SELECT content FROM pictures") == image(1)


def test_no_image_is_an_error_with_the_reason(file):
    given = Data([GivenImage("2.png", UnreadableImage("Gone."))])
    with open_review(file, create=True) as database, pytest.raises(InkpipeError, match=r"2.png: Gone. Give images"):
        take_in(database, given)


def test_a_model_reads_each_image_once_and_another_model_all_again(file, answer):
    with open_review(file, create=True) as database:
        take_in(database, Data([GivenImage(f"{number}.png", image(number)) for number in TEXTS]))
        first, second = StandIn(TEXTS), StandIn(TEXTS | {3: ("AAA", 0.9)}, "d2")
        assert [recognize(database, first, "version 1", ()) for _ in range(2)] == [5, 0]
        assert first.read == 5
        assert recognize(database, second, "version 2", ()) == 5
        query = "SELECT text, confidence, version FROM images JOIN models ON models.id = model WHERE images.id = 3"
        row = database.row(query)
        assert tuple(row) == ("AAA", 0.9, "version 2")


def test_an_interrupted_recognition_goes_on(file, monkeypatch):
    monkeypatch.setattr(intake, "ROWS", 2)
    with open_review(file, create=True) as database:
        take_in(database, Data([GivenImage(f"{number}.png", image(number)) for number in TEXTS]))

        class Ended(StandIn):
            def recognize_each(self, images):
                for number, each in enumerate(super().recognize_each(images)):
                    if number == 3:
                        raise InkpipeError("It has ended.")
                    yield each

        with pytest.raises(InkpipeError):
            recognize(database, Ended(TEXTS), "version 1", ())
        rest = StandIn(TEXTS)
        assert recognize(database, rest, "version 1", ()) == rest.read == 3
        assert database.value("SELECT count(*) FROM images WHERE text IS NOT NULL") == 5


def test_an_image_that_does_not_decode_has_a_reason_and_is_in_no_queue(file, fill):
    fill(file, {1: ("A", 0.5), 2: UnreadableImage("Not an image.")})
    with open_review(file) as database:
        assert database.value("SELECT error FROM images WHERE id = 2") == "Not an image."
        assert database.value("SELECT confidence FROM images WHERE id = 2") is None


def test_a_plain_folder_a_zip_and_single_files(tmp_path):
    import zipfile

    folder = tmp_path / "scans"
    (folder / "b").mkdir(parents=True)
    (folder / "b/2.png").write_bytes(image(2))
    (folder / "1.png").write_bytes(image(1))
    (folder / "notes.txt").write_text("notes")
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("b/2.png", image(2))
    names = lambda *words: [each.name for each in open_data([str(word) for word in words], None, {})]  # noqa: E731
    assert names(folder) == names(f"{folder}/") == ["1.png", "b/2.png"]
    assert names(tmp_path / "scans.zip") == ["b/2.png"]
    assert names(folder / "1.png") == [str(folder / "1.png")]
    assert [each.label for each in open_data([str(folder)], None, {})] == [None, None]


def test_a_corpus_half_transcribed_gives_labels_and_all_images(tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"{number}.png").write_bytes(image(number))
    (tmp_path / "labels.csv").write_text("filename,label,split,writer\n1.png,AB,test,w1\n2.png,,train,w2\n")
    given = sorted(open_data([str(tmp_path)], None, {}))
    assert [(each.name, each.label, each.extra.get("writer")) for each in given] == [
        ("1.png", "AB", "w1"),
        ("2.png", None, "w2"),
        ("3.png", None, None),
    ]
    assert [each.split for each in given][:2] == ["test", "train"]


def test_pages_give_all_lines_that_have_a_place_and_their_transcripts(tmp_path):
    lines = [LINES[0], *(replace(line, text=None) for line in LINES[1:])]
    (tmp_path / "page.png").write_bytes(png(page_image(LINES)))
    (tmp_path / "page.xml").write_bytes(page_xml(lines))
    data = open_data([str(tmp_path)], None, {})
    given = list(data)
    assert [each.name for each in given] == [f"page/{line.id}" for line in LINES]
    assert len(data) == len(LINES)
    assert [each.label for each in given] == [LINES[0].text, *[None] * (len(LINES) - 1)]
    (transcript,) = data.transcripts()
    assert (transcript.page, transcript.name) == ("page", "page.xml")
    assert transcript.lines == {line.id: place for place, line in enumerate(LINES)}
    assert transcript.content == page_xml(lines)


def test_transcripts_that_changed_take_the_place_of_the_earlier_ones(file, tmp_path):
    (tmp_path / "page.png").write_bytes(png(page_image(LINES)))
    with open_review(file, create=True) as database:
        for lines in (LINES[:1], LINES):
            (tmp_path / "page.xml").write_bytes(page_xml(lines))
            take_in(database, open_data([str(tmp_path)], None, {}))
        assert database.value("SELECT count(*) FROM images") == len(LINES)
        assert database.value("SELECT content FROM transcripts") == page_xml(LINES)
        lines = json.loads(database.value("SELECT lines FROM pages"))
    assert lines == {line.id: place for place, line in enumerate(LINES)}


def test_a_layout_that_is_asked_for_and_absent_is_an_error(tmp_path):
    (tmp_path / "1.png").write_bytes(image(1))
    with pytest.raises(InkpipeError, match=r"no labels in this layout. Received: .* with 1 .png. Expected: labels.csv"):
        open_data([str(tmp_path)], "plain", {})


@pytest.mark.parametrize("content", [b"no database at all, but long enough for a header" * 30, b""])
def test_a_file_of_another_kind_is_left_as_it_is(file, content):
    file.write_bytes(content)
    if not content:  # SQLite's own form of a database without tables
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE of_someone_else (x)")
    before = file.read_bytes()
    with (
        pytest.raises(InkpipeError, match=r"cannot be used|is no review of this version"),
        open_review(file, create=True),
    ):
        pass
    assert file.read_bytes() == before


def test_without_a_file_there_is_no_review(tmp_path):
    with (
        pytest.raises(InkpipeError, match="There is no review. Received: .*missing"),
        open_review(tmp_path / "missing"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
