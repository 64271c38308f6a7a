import pytest

from inkpipe.errors import InkpipeError
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.journal import Journal
from inkpipe.transcription.rows import Row

IMAGES = [ImageFile(name, bytes) for name in "abcd"]
ROWS = [Row("a", "A", 0.5, (0.5,)), Row("b", error="Why."), Row("c", "Ä", 1.0), Row("d")]


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "out" / "rows.csv", {"model": "digest", "top": 1})


def interrupted(journal, rows):
    """A journal as a run leaves it that was killed after some rows."""
    journal.begin()
    for _ in journal.append(rows):
        pass


def test_rows_come_back_in_their_order(journal):
    interrupted(journal, ROWS)
    assert journal.path.name == "rows.csv.partial"
    assert list(journal.rows()) == ROWS
    journal.remove()
    assert not journal.path.exists()


def test_a_row_is_on_disk_as_soon_as_it_passes(journal):
    journal.begin()
    rows = journal.append(ROWS)
    next(rows)
    assert list(journal.rows()) == ROWS[:1]


def test_an_interrupted_run_goes_on_behind_its_last_whole_row(journal):
    interrupted(journal, ROWS[:2])
    with journal.path.open("a") as stream:
        stream.write('{"image": "c", "te')  # what a kill leaves
    assert journal.resume(IMAGES) == 2
    assert list(journal.append(ROWS[2:])) == ROWS[2:]
    assert list(journal.rows()) == ROWS


def test_there_is_nothing_to_resume_at_first_or_behind_a_torn_head(journal):
    assert journal.resume(IMAGES) == 0
    journal.path.write_text('{"mod')
    assert journal.resume(IMAGES) == 0
    assert list(journal.rows()) == []


def test_an_empty_journal_is_one_of_no_image(journal):
    journal.path.parent.mkdir()
    journal.path.touch()
    with pytest.raises(InkpipeError, match="interrupted after 0 images"):
        journal.begin()
    assert journal.resume(IMAGES) == 0
    assert list(journal.rows()) == []


def test_a_journal_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InkpipeError, match=r"No place for .*rows.csv.partial. Received: "):
        Journal(tmp_path / "file/rows.csv", {}).begin()


def test_rows_are_paired_with_their_images(journal):
    interrupted(journal, ROWS)
    assert list(journal.paired(IMAGES)) == list(zip(IMAGES, ROWS, strict=True))


@pytest.mark.parametrize(
    ("images", "received"),
    [
        ([*IMAGES[:2], IMAGES[3]], "with c as image 3, which now is d"),
        (IMAGES[:3], "with more than the 3 images of now"),
        ([], "with more than the 0 images of now"),
        ([*IMAGES, IMAGES[0]], "with fewer than the images of now, of which a is image 5"),
    ],
)
def test_rows_of_other_images_are_not_paired(journal, images, received):
    interrupted(journal, ROWS)
    with pytest.raises(InkpipeError, match=f"does not go with this one. Received: .* {received}"):
        list(journal.paired(images))


def test_a_finished_journal_has_nothing_left(journal):
    interrupted(journal, ROWS)
    assert journal.resume(IMAGES) == 4


def test_a_new_run_does_not_overwrite_an_interrupted_one(journal):
    interrupted(journal, ROWS[:3])
    with pytest.raises(InkpipeError, match=r"interrupted after 3 images\. Received: .*rows\.csv\.partial.*--resume"):
        journal.begin()
    assert list(journal.rows()) == ROWS[:3]


@pytest.mark.parametrize(
    ("images", "received"),
    [
        ([IMAGES[0], IMAGES[2]], "with b as image 2, which now is c"),
        (IMAGES[:1], "with more than the 1 images of now"),
        ([], "with more than the 0 images of now"),
    ],
)
def test_other_images_are_refused(journal, images, received):
    interrupted(journal, ROWS[:2])
    with pytest.raises(InkpipeError, match=f"does not go with this one. Received: .* {received}"):
        journal.resume(images)
    assert list(journal.rows()) == ROWS[:2]


def test_another_model_is_refused(journal, tmp_path):
    interrupted(journal, ROWS[:2])
    other = Journal(tmp_path / "out" / "rows.csv", {"model": "another", "top": 1})
    with pytest.raises(InkpipeError, match=r"with another model, or another --top\. Give the same images"):
        other.resume(IMAGES)
