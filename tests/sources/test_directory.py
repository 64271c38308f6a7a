import os
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.directory import DirectoryFiles


def names(path):
    return [entry.name for entry in DirectoryFiles(path).entries()]


def test_a_file_that_vanishes_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    files = DirectoryFiles(tmp_path)
    (entry,) = files.entries()
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(InkpipeError, match=r"a.jpg cannot be read. Received: No such file"):
        files.read(entry)


def test_a_name_that_is_no_text_is_refused(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg")).write_bytes(b"x")
    with pytest.raises(InkpipeError, match=r"name is not UTF-8. Received: '\\udcff.jpg'"):
        names(tmp_path)


def test_files_are_listed_in_the_order_of_their_names_folder_by_folder(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "a/c/3.jpg", "z.jpg", "A.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["A.jpg", "z.jpg", "a/c/3.jpg", "b/1.jpg", "b/2.jpg"]
    assert [entry.place for entry in DirectoryFiles(tmp_path).entries()] == [0, 1, 2, 3, 4]
