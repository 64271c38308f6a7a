import pytest

from inkpipe.contract.skipped_files import Listed, SkippedFiles, listed_at_ingest
from inkpipe.data.corpus import Corpus
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json

STRAY = {"count": 1, "first": [{"filename": "stray.png"}]}
LOST = {"count": 2, "first": [{"filename": "lost.jpg", "split": "test", "label": "LOST", "line": 4}]}


def test_the_most_frequent_reason_comes_first(tmp_path):
    write_json(tmp_path / "source.json", {"skipped": {"image without label": STRAY, "label without image": LOST}})
    assert list(listed_at_ingest(Corpus(tmp_path)).skipped.items()) == [
        ("label without image", SkippedFiles(2, LOST["first"])),
        ("image without label", SkippedFiles(1, STRAY["first"])),
    ]


@pytest.mark.parametrize("content", [{}, {"skipped": {}}])
def test_nothing_is_skipped_if_the_source_names_nothing(tmp_path, content):
    assert listed_at_ingest(Corpus(tmp_path)) == Listed({}, {})
    write_json(tmp_path / "source.json", content)
    assert listed_at_ingest(Corpus(tmp_path)) == Listed({}, {})


def test_what_was_noticed_is_apart_from_what_was_skipped(tmp_path):
    write_json(tmp_path / "source.json", {"skipped": {"a": STRAY}, "noticed": {"b": LOST}})
    listed = listed_at_ingest(Corpus(tmp_path))
    assert (list(listed.skipped), list(listed.noticed)) == (["a"], ["b"])


@pytest.mark.parametrize(
    "content", [{"set_aside": {}}, {"skipped": []}, {"skipped": {"image without label": ["stray.png"]}}]
)
def test_a_file_of_an_earlier_version_is_refused(tmp_path, content):
    write_json(tmp_path / "source.json", content)
    with pytest.raises(
        InkpipeError, match=r"source.json is damaged or of an earlier version. .*dvc repro -sf download"
    ):
        listed_at_ingest(Corpus(tmp_path))


def test_a_file_that_is_no_object_is_refused(tmp_path):
    write_json(tmp_path / "source.json", [])
    with pytest.raises(InkpipeError, match=r"source.json is damaged.* Received: list. .*dvc repro -sf download"):
        listed_at_ingest(Corpus(tmp_path))
