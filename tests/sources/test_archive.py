import io
import stat
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.sources import archive, entries
from inkpipe.sources.archive import BadArchiveError, ZipFiles, open_files

# A file is written anew for each example, so one temporary folder serves them all.
one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def names(path):
    return [entry.name for entry in open_files(path).entries()]


def zipped(files, method=zipfile.ZIP_DEFLATED, comment=b"", force_zip64=False):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=force_zip64) as entry:
                entry.write(content)
    return stream.getvalue()


def unzip(path, content):
    """The files in an archive of these bytes."""
    path.write_bytes(content)
    files = ZipFiles(path)
    return {entry.name: files.read(entry) for entry in files.entries()}


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
    monkeypatch.setattr(entries, "MAX_FILE_BYTES", 9)
    files = open_files(as_data({"a.jpg": bytes(range(10))}))
    with pytest.raises(InkpipeError, match=r"too large .*a.jpg.* of 10 bytes"):
        [files.read(entry) for entry in files.entries()]


def test_large_files_that_nobody_reads_do_no_harm(as_data, monkeypatch):
    monkeypatch.setattr(entries, "MAX_FILE_BYTES", 9)
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


def test_backslashes_of_windows_are_slashes(tmp_path):
    assert names(with_entry(tmp_path / "a.zip", "b\\c.jpg")) == ["b/c.jpg"]


@one_folder
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1).filter(
            lambda name: not archive.ESCAPE.match(name)
        ),
        st.binary(),
        max_size=5,
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40).filter(lambda comment: b"PK" not in comment),
    st.booleans(),
)
def test_the_files_of_an_archive_are_those_that_were_packed(tmp_path, files, method, comment, force_zip64):
    assert unzip(tmp_path / "a.zip", zipped(files, method, comment, force_zip64)) == files


def test_more_entries_than_the_classic_format_counts(tmp_path):
    files = {f"{i}.jpg": b"" for i in range(66_000)}
    (tmp_path / "a.zip").write_bytes(zipped(files))
    assert names(tmp_path / "a.zip") == list(files)


def test_sizes_and_offsets_beyond_four_gigabytes_come_from_the_wide_field(tmp_path):
    content = zipped({"a.jpg": b"abc"}, zipfile.ZIP_STORED)
    record, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    wide = b"\x01\x00\x18\x00" + b"".join(n.to_bytes(8, "little") for n in (3, 3, 0))
    header = bytearray(content[record : record + 46])
    header[20:28], header[42:46] = b"\xff" * 8, b"\xff" * 4
    header[30:32] = len(wide).to_bytes(2, "little")
    directory = bytes(header) + b"a.jpg" + wide
    tail = bytearray(content[end:])
    tail[12:16] = len(directory).to_bytes(4, "little")
    assert unzip(tmp_path / "a.zip", content[:record] + directory + tail) == {"a.jpg": b"abc"}


@pytest.mark.parametrize("offset", [None, 0xFFFFFFFE])
def test_entries_that_would_lie_beyond_the_end_are_refused(tmp_path, offset):
    content = zipped({"a.jpg": b"x"}, zipfile.ZIP_STORED)
    record = content.index(b"PK\1\2")
    patched = content[: record + 42] + (offset or record).to_bytes(4, "little") + content[record + 46 :]
    with pytest.raises(BadArchiveError, match="bytes are missing"):
        unzip(tmp_path / "a.zip", patched)


@one_folder
@given(st.data())
def test_damaged_bytes_never_give_wrong_content(tmp_path, data):
    files = {"a.jpg": b"abcdef" * 9, "b.jpg": bytes(range(200))}
    content = bytearray(zipped(files))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        unpacked = unzip(tmp_path / "a.zip", bytes(content))
    except BadArchiveError:
        return
    assert all(files.get(name, value) == value for name, value in unpacked.items())


@one_folder
@given(st.integers(min_value=0))
def test_an_archive_cut_short_anywhere_is_refused(tmp_path, length):
    content = zipped({"a.jpg": b"abcdef" * 9, "b.jpg": bytes(range(200))})
    with pytest.raises(BadArchiveError):
        unzip(tmp_path / "a.zip", content[: length % len(content)])


def test_an_archive_that_lacks_bytes_before_its_directory_is_refused(tmp_path):
    content = zipped({"a.jpg": bytes(1000), "b.jpg": bytes(range(200))}, zipfile.ZIP_STORED)
    (tmp_path / "a.zip").write_bytes(content[:500] + content[600:])
    with pytest.raises(BadArchiveError, match="bytes are missing"):
        names(tmp_path / "a.zip")


def with_false_size(content, size):
    """The archive of one entry with another unpacked size in its directory."""
    record = content.index(b"PK\1\2")
    return content[: record + 24] + size.to_bytes(4, "little") + content[record + 28 :]


@pytest.mark.parametrize("size", [10, 100_000])
def test_an_entry_of_a_false_size_is_refused(tmp_path, size):
    with pytest.raises(BadArchiveError, match=r"corrupt entry 'a.jpg'"):
        unzip(tmp_path / "a.zip", with_false_size(zipped({"a.jpg": bytes(1 << 16)}), size))


def test_an_entry_is_never_unpacked_far_beyond_its_declared_size(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(with_false_size(zipped({"a.jpg": bytes(64 << 20)}), 10))
    tracemalloc.start()
    try:
        files = ZipFiles(path)
        with pytest.raises(BadArchiveError, match=r"corrupt entry 'a.jpg'"):
            files.read(next(files.entries()))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_names_in_utf_8_without_its_flag_are_read_as_such(tmp_path):
    content = zipped({"zo??.jpg": b"1"}).replace(b"zo??.jpg", "zoé.jpg".encode())
    assert unzip(tmp_path / "a.zip", content) == {"zoé.jpg": b"1"}
    content = zipped({"zo?.jpg": b"1"}).replace(b"zo?.jpg", "zoé.jpg".encode("cp437"))
    assert unzip(tmp_path / "a.zip", content) == {"zoé.jpg": b"1"}


def test_entries_come_in_the_order_in_which_they_lie(tmp_path):
    content = zipped({"a.jpg": b"1", "b.jpg": b"2"}, zipfile.ZIP_STORED)
    first, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    second = content.index(b"PK\1\2", first + 1)
    (tmp_path / "a.zip").write_bytes(content[:first] + content[second:end] + content[first:second] + content[end:])
    assert names(tmp_path / "a.zip") == ["a.jpg", "b.jpg"]


def test_an_archive_is_verified_as_a_whole(as_zip):
    path = as_zip({"good.jpg": b"good", "bad.jpg": b"some bytes"}, compression=zipfile.ZIP_STORED)
    ZipFiles(path).verify()
    path.write_bytes(path.read_bytes().replace(b"some bytes", b"some_bytes"))
    with pytest.raises(BadArchiveError, match=r"corrupt entry 'bad.jpg'.*Received: .*data.zip"):
        ZipFiles(path).verify()


def test_an_archive_without_permission_is_named(as_zip, monkeypatch):
    path = as_zip({"a.jpg": b"1"})
    monkeypatch.setattr(archive.zipfile, "ZipFile", no_permission)
    with pytest.raises(InkpipeError, match=r"data.zip cannot be read. Received: Permission denied. Correct its"):
        open_files(path)


def no_permission(path):
    raise PermissionError(13, "Permission denied", str(path))
