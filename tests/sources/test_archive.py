import os
import stat
import zipfile
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.sources import archive
from inkpipe.sources.archive import open_files


def names(path):
    return [entry.name for entry in open_files(path).entries()]


def with_entry(path, name="a.jpg", content=b"x", mode=0o100644, patch=None):
    """A zip of one entry, its bytes patched: (before, after) in the directory and the entry's own header."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(info, content)
    if patch:
        path.write_bytes(path.read_bytes().replace(*patch))
    return path


def test_files_come_in_order_and_whole(as_data):
    path = as_data({"a.jpg": b"1", "b/c.jpg": b"2", "b/d/e.jpg": b"3"})
    files = open_files(path)
    assert {entry.name: files.read(entry) for entry in files.entries()} == {
        "a.jpg": b"1",
        "b/c.jpg": b"2",
        "b/d/e.jpg": b"3",
    }
    places = [entry.place for entry in files.entries()]
    assert places == sorted(set(places))


def test_folders_in_an_archive_are_no_files(as_zip):
    assert names(as_zip({"b/": b"", "b/a.jpg": b"1"})) == ["b/a.jpg"]


def test_an_archive_says_its_size_and_digest_a_directory_its_name(as_zip, tmp_path):
    path = as_zip({"a.jpg": b"1"})
    assert open_files(path).describe() == {
        "archive": {"name": "data.zip", "bytes": path.stat().st_size, "sha256": sha256_file(path)}
    }
    (tmp_path / "mine").mkdir()
    assert open_files(tmp_path / "mine").describe() == {"directory": "mine"}


def test_nothing_there(tmp_path):
    with pytest.raises(InkpipeError, match=r"no data at the given path. Received: .*absent.zip"):
        open_files(tmp_path / "absent.zip")


@pytest.mark.parametrize(
    "name", ["../a.jpg", "b/../../a.jpg", "/etc/a.jpg", "\\a.jpg", "C:\\a.jpg", "c:a.jpg", "b\\..\\a.jpg", ".."]
)
def test_paths_that_leave_the_archive_are_refused(tmp_path, name):
    with pytest.raises(InkpipeError, match="whose path leaves it"):
        names(with_entry(tmp_path / "a.zip", name))


def test_a_nul_in_a_name_is_refused(tmp_path):
    with pytest.raises(InkpipeError, match="whose path leaves it"):
        names(with_entry(tmp_path / "a.zip", "a_b.jpg", patch=(b"a_b.jpg", b"a\0b.jpg")))


@pytest.mark.parametrize("name", ["a..jpg", "..a.jpg", "b../a.jpg", "...", "ab:c.jpg", "name: x.jpg"])
def test_dots_and_colons_within_names_are_no_escape(tmp_path, name):
    assert names(with_entry(tmp_path / "a.zip", name)) == [name]


def test_links_are_refused(tmp_path):
    with pytest.raises(InkpipeError, match=r"symbolic link: 'a.jpg'"):
        names(with_entry(tmp_path / "a.zip", content=b"/etc/passwd", mode=stat.S_IFLNK | 0o777))


def test_encrypted_entries_are_refused(tmp_path):
    directory_flags = b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0"
    with pytest.raises(InkpipeError, match=r"encrypted entry: 'a.jpg'.*without a password"):
        names(with_entry(tmp_path / "a.zip", patch=directory_flags))


def test_rare_methods_are_refused(as_zip):
    with pytest.raises(InkpipeError, match=r"packs 'a.jpg' by method 12.*deflate"):
        names(as_zip({"a.jpg": b"x"}, compression=zipfile.ZIP_BZIP2))


def test_an_entry_that_is_a_bomb_is_refused(as_zip):
    with pytest.raises(InkpipeError, match=r"zip bomb: 'a.jpg' would unpack from .* to 20,971,520 bytes"):
        names(as_zip({"a.jpg": bytes(20 << 20), "b.jpg": bytes(range(256)) * 4096}))


def test_entries_that_are_a_bomb_together_are_refused(as_zip):
    with pytest.raises(InkpipeError, match="is a zip bomb"):
        names(as_zip({f"{i}.jpg": bytes(4 << 20) for i in range(4)}))


def test_overlapping_entries_are_refused(tmp_path):
    path = with_entry(tmp_path / "a.zip", content=bytes(range(256)) * 8)
    content = path.read_bytes()
    directory = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    record = content[directory:end]
    size = len(record) * 3
    tail = b"PK\5\6\0\0\0\0\3\0\3\0" + size.to_bytes(4, "little") + directory.to_bytes(4, "little") + b"\0\0"
    path.write_bytes(content[:directory] + record * 3 + tail)
    with pytest.raises(InkpipeError, match="entries overlap"):
        names(path)


def test_too_many_entries_are_refused(as_zip, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    with pytest.raises(InkpipeError, match="more than 2 entries"):
        names(as_zip({f"{i}.jpg": b"" for i in range(3)}))


def test_files_that_memory_should_not_hold_are_refused(as_data, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 9)
    files = open_files(as_data({"a.jpg": bytes(range(10))}))
    with pytest.raises(InkpipeError, match=r"too large .*a.jpg.* of 10 bytes"):
        [files.read(entry) for entry in files.entries()]


def test_large_files_that_nobody_reads_do_no_harm(as_data, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 9)
    files = open_files(as_data({"a.jpg": b"1", "model.h5": bytes(range(10))}))
    first, _ = files.entries()
    assert files.read(first) == b"1"


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>", b"PK\3\4 but no more"])
def test_what_is_no_zip_is_refused_with_its_beginning(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(InkpipeError, match="not a whole zip") as caught:
        names(path)
    assert repr(content[:16]) in str(caught.value)


def test_a_truncated_archive_is_refused(as_zip):
    path = as_zip({"a.jpg": bytes(range(256)) * 9})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InkpipeError, match="not a whole zip"):
        names(path)


def test_an_entry_whose_bytes_changed_is_refused_by_name(as_zip):
    path = as_zip({"good.jpg": b"good", "bad.jpg": b"some bytes"}, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"some bytes", b"some_bytes"))
    files = open_files(path)
    good, bad = files.entries()
    assert files.read(good) == b"good"
    with pytest.raises(InkpipeError, match=r"corrupt entry 'bad.jpg'.*Received: .*data.zip"):
        files.read(bad)


def test_a_file_that_vanishes_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    files = open_files(tmp_path)
    (entry,) = files.entries()
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(InkpipeError, match=r"a.jpg cannot be read. Received: No such file"):
        files.read(entry)


def test_a_name_that_is_no_text_is_told(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg")).write_bytes(b"x")
    with pytest.raises(InkpipeError, match=r"name is not UTF-8. Received: '\\udcff.jpg'"):
        names(tmp_path)


def test_backslashes_of_windows_are_slashes(tmp_path):
    assert names(with_entry(tmp_path / "a.zip", "b\\c.jpg")) == ["b/c.jpg"]
