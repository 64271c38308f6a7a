import pytest

from inkpipe.errors import InkpipeError
from inkpipe.inspection.seen import InspectedCorpus, look
from inkpipe.sources.folder import FolderSource


@pytest.fixture
def table(tmp_path):
    """Make a source of a table and some images."""

    def make(text, *images):
        (tmp_path / "list.csv").write_text(text)
        for name in images:
            (tmp_path / name).write_bytes(b"x")
        return FolderSource(tmp_path)

    return make


def test_labels_without_an_image_are_named_and_not_dumped(table):
    source = table("image,text\n" + "".join(f"{number}.png,eins\n" for number in range(6)), "other.jpg")
    with pytest.raises(InkpipeError) as caught:
        look(source)
    assert str(caught.value) == (
        "The data has no image with a label. Received:\n"
        "  label without image: 6 (0.png (line 2), 1.png (line 3), 2.png (line 4), 3.png (line 5), 4.png (line 6), ...)"
        "\n  image without label: 1 (other.jpg)\n"
        "Bring images and labels together, or transcribe some images."
    )


def test_empty_labels_alone_are_nothing_to_learn_from(table):
    with pytest.raises(InkpipeError, match=r"None of the images is transcribed. Received: 2 images .* such as 1.png"):
        look(table("image,text\n1.png,\n2.png,  \n", "1.png", "2.png"))


def test_the_first_file_of_each_reason_is_told_in_words():
    skipped = {
        "label without image": {"count": 2, "first": [{"split": "train", "filename": "a.png", "line": 3}]},
        "other": {"count": 1},
    }
    corpus = InspectedCorpus({"layout": "plain", "skipped": skipped}, (), [], [])
    assert corpus.first_listed("skipped") == {"label without image": "train: a.png (line 3)"}
    assert corpus.first_listed("noticed") == {}
