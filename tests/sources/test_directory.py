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


def test_a_name_that_is_no_text_is_listed_and_read(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg")).write_bytes(b"x")
    files = DirectoryFiles(tmp_path)
    (entry,) = files.entries()
    assert (os.fsencode(entry.name), files.read(entry)) == (b"\xff.jpg", b"x")


def test_a_fifo_is_named_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    files = DirectoryFiles(tmp_path)
    (entry,) = files.entries()
    with pytest.raises(InkpipeError, match=r"a.jpg is not a file. Received: a fifo"):
        files.read(entry)


def test_directories_that_cannot_be_listed_are_named(tmp_path, without_permission):
    for name in ("open", "deep/closed"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.jpg").write_bytes(b"x")
    without_permission(tmp_path / "deep/closed")
    assert names(tmp_path) == ["open/a.jpg"]
    assert DirectoryFiles(tmp_path).unlisted() == ["deep/closed"]


def test_files_are_listed_in_the_order_of_their_names_folder_by_folder(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "a/c/3.jpg", "z.jpg", "A.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["A.jpg", "z.jpg", "a/c/3.jpg", "b/1.jpg", "b/2.jpg"]
    assert [entry.place for entry in DirectoryFiles(tmp_path).entries()] == [0, 1, 2, 3, 4]
