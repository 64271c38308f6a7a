import pytest

from inkpipe.contract.at_download import LeftOut, left_out_at_download
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json

STRAY = {"count": 1, "first": [{"filename": "stray.png"}]}
LOST = {"count": 2, "first": [{"filename": "lost.jpg", "split": "test", "label": "LOST", "line": 4}]}


def test_the_most_frequent_reason_comes_first(tmp_path):
    write_json(tmp_path / "source.json", {"set_aside": {"image without label": STRAY, "label without image": LOST}})
    assert list(left_out_at_download(tmp_path).items()) == [
        ("label without image", LeftOut(2, LOST["first"])),
        ("image without label", LeftOut(1, STRAY["first"])),
    ]


@pytest.mark.parametrize("content", [{}, {"set_aside": {}}])
def test_nothing_is_left_out_where_nothing_is_told(tmp_path, content):
    assert left_out_at_download(tmp_path) == {}
    write_json(tmp_path / "source.json", content)
    assert left_out_at_download(tmp_path) == {}


@pytest.mark.parametrize("content", [[], {"set_aside": []}, {"set_aside": {"image without label": ["stray.png"]}}])
def test_what_an_earlier_version_wrote_is_refused(tmp_path, content):
    write_json(tmp_path / "source.json", content)
    with pytest.raises(InkpipeError, match=r"source.json is damaged or of an earlier version. .*dvc repro -f download"):
        left_out_at_download(tmp_path)
