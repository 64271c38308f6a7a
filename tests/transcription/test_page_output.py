import re
import zipfile
from pathlib import Path

import pytest
from tests.documents import LINES, alto, page_image, page_xml, png

from inkpipe.errors import InkpipeError
from inkpipe.transcription.inputs import Inputs
from inkpipe.transcription.page_output import PageFolder
from inkpipe.transcription.rows import Row
from inkpipe.transcripts import parse_transcript

SCAN = png(page_image(LINES))


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """A folder with a line image, two pages and a damaged transcript."""
    monkeypatch.chdir(tmp_path)
    files = {
        "a.png": SCAN, "page/a.xml": page_xml(LINES, "a.png"), "b.png": SCAN, "alto/b.xml": alto(LINES, "b.png"),
        "single.png": SCAN, "page/torn.xml": page_xml(LINES, "a.png")[:300],
    }  # fmt: skip
    for name, content in files.items():
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "scans"


def written(folder, inputs, row_of):
    """Write all inputs, and give the texts of each file that is there afterwards."""
    images = list(inputs)
    rows = list(PageFolder(folder, inputs).write((image, row_of(image)) for image in images))
    assert [row.image for row in rows] == [image.name for image in images]
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): texts(path) for path in files}


def texts(path):
    return [line.text for _, line in parse_transcript(path.read_bytes()).pages[0].lines()]


def read(image):
    return Row(image.name, f"text of {Path(image.name).name}", 0.5)


def test_texts_are_written_below_the_folder_and_the_input_stays(scans):
    before = {path: path.read_bytes() for path in scans.rglob("*.*")}
    texts = [f"text of l{number}" for number in range(1, 5)]
    assert written(Path("out"), Inputs(["scans"], bytes), read) == {"alto/b.xml": texts, "page/a.xml": texts}
    assert b'WC="0.5000"' in Path("out/alto/b.xml").read_bytes()
    assert {path: path.read_bytes() for path in scans.rglob("*.*")} == before


def test_lines_that_could_not_be_read_keep_their_text(scans):
    def row_of(image):
        return Row(image.name, error="It is bad.") if "a.xml" in image.name else read(image)

    assert written(Path("out"), Inputs(["scans"], bytes), row_of) == {
        "alto/b.xml": [f"text of l{number}" for number in range(1, 5)],
        "page/a.xml": [line.text for line in LINES],
    }
    assert Path("out/page/a.xml").read_bytes() == (scans / "page/a.xml").read_bytes()


def test_transcripts_of_which_no_line_is_wanted_are_there_too(scans):
    (scans / "page/a.xml").write_bytes(page_xml(LINES[:2], "a.png"))
    inputs = Inputs(["scans"], bytes, untranscribed=True)
    assert written(Path("out"), inputs, read) == {
        "alto/b.xml": ["Premier", "deuxième & <3>", "text of l3", "note"],
        "page/a.xml": ["Premier", "deuxième & <3>"],
    }


def test_a_zip_is_written_into_a_folder(scans):
    with zipfile.ZipFile("s.zip", "w") as archive:
        for path in scans.rglob("*.*"):
            archive.write(path, path.relative_to(scans))
    assert list(written(Path("out"), Inputs(["s.zip"], bytes), read)) == ["alto/b.xml", "page/a.xml"]


@pytest.mark.parametrize(
    ("words", "folder", "message"),
    [
        (["scans/single.png"], "out", "no PAGE or ALTO file to write back. Received: images alone."),
        (["gone/"], "out", "no PAGE or ALTO file to write back. Received: gone/, where nothing is."),
        (["scans/single.png", "gone/*.xml"], "out", "Received: gone/*.xml, where nothing is."),
        (["scans"], "scans/out", "would read what this one writes. Received: --pages scans/out, within scans."),
        (
            ["scans/page/a.xml"],
            "scans/page",
            "would be overwritten. Received: --pages scans/page for scans",
        ),
        (["scans/page", "more"], "out", "would become one file. Received: scans/page/a.xml and more/a.xml."),
    ],
)
def test_what_would_lose_a_file_is_an_error_before_any_work(scans, words, folder, message):
    Path("more").mkdir()
    Path("more/a.xml").write_bytes(page_xml(LINES, "a.png"))
    with pytest.raises(InkpipeError, match=re.escape(message)):
        PageFolder(Path(folder), Inputs(words, bytes))
    assert not Path("out").exists()
