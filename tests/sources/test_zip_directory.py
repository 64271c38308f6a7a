import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.sources import zip_directory
from inkpipe.sources.zip_directory import BadZipError, list_entries, read_entry


def zipped(files, method=zipfile.ZIP_DEFLATED, comment=b"", force_zip64=False):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=force_zip64) as entry:
                entry.write(content)
    return stream


def unzip(stream):
    entries = list(list_entries(stream))
    return {e.name: read_entry(stream, e.offset, e.packed, e.size, e.crc, e.method) for e in entries}


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1), st.binary(), max_size=5
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40).filter(lambda comment: b"PK" not in comment),
    st.booleans(),
)
def test_reads_what_the_standard_library_writes(files, method, comment, force_zip64):
    assert unzip(zipped(files, method, comment, force_zip64)) == files


def test_more_entries_than_the_classic_format_counts():
    files = {f"{i}.jpg": b"" for i in range(66_000)}
    assert [entry.name for entry in list_entries(zipped(files))] == list(files)


def test_sizes_and_offsets_beyond_four_gigabytes_come_from_the_wide_field():
    extra = (
        b"\xff\xff\x02\x00ab"
        + b"\x01\x00\x18\x00"
        + b"".join(n.to_bytes(8, "little") for n in (5 << 32, 6 << 32, 7 << 32))
    )
    assert zip_directory._widen(extra, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) == (5 << 32, 6 << 32, 7 << 32)
    assert zip_directory._widen(extra, 1, 0xFFFFFFFF, 2) == (1, 5 << 32, 2)
    assert zip_directory._widen(extra[:19], 0xFFFFFFFF, 0xFFFFFFFF, 0) == (5 << 32, 0xFFFFFFFF, 0)


def test_entries_that_would_lie_beyond_the_end_are_noticed():
    content = zipped({"a.jpg": b"x"}, zipfile.ZIP_STORED).getvalue()
    record = content.index(b"PK\1\2")
    for offset in (record, 0xFFFFFFFE):
        patched = content[: record + 42] + offset.to_bytes(4, "little") + content[record + 46 :]
        with pytest.raises(BadZipError, match="beyond"):
            list(list_entries(io.BytesIO(patched)))


@given(st.data())
def test_damaged_bytes_never_give_wrong_content(data):
    files = {"a.jpg": b"abcdef" * 9, "b.jpg": bytes(range(200))}
    content = bytearray(zipped(files).getvalue())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = unzip(io.BytesIO(bytes(content)))
    except BadZipError:
        return
    assert all(files.get(name, value) == value for name, value in found.items())


@given(st.integers(min_value=0))
def test_an_archive_cut_short_anywhere_is_noticed(kept):
    content = zipped({"a.jpg": b"abcdef" * 9, "b.jpg": bytes(range(200))}).getvalue()
    with pytest.raises(BadZipError):
        unzip(io.BytesIO(content[: kept % len(content)]))


def test_an_archive_that_lacks_bytes_before_its_directory_is_noticed():
    content = zipped({"a.jpg": bytes(1000), "b.jpg": bytes(range(200))}, zipfile.ZIP_STORED).getvalue()
    with pytest.raises(BadZipError, match="bytes are missing"):
        list(list_entries(io.BytesIO(content[:500] + content[600:])))


def test_an_entry_is_never_unpacked_beyond_its_declared_size():
    stream = zipped({"a.jpg": bytes(1 << 20)})
    (entry,) = list_entries(stream)
    with pytest.raises(BadZipError, match="differ"):
        read_entry(stream, entry.offset, entry.packed, 10, entry.crc, entry.method)
