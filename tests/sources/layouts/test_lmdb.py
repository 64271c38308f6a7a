import sys

import lmdb
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource


def write(path, samples, count=None):
    path.mkdir(parents=True)
    with lmdb.open(str(path), map_size=1 << 20) as environment, environment.begin(write=True) as transaction:
        for number, (image, label) in enumerate(samples, 1):
            if image is not None:
                transaction.put(f"image-{number:09d}".encode(), image)
            if label is not None:
                transaction.put(f"label-{number:09d}".encode(), label.encode())
        transaction.put(b"num-samples", (count or str(len(samples))).encode())


def open_source(path, **options):
    return FolderSource(path, **{"validation_fraction": 0.0, "test_fraction": 0.0, **options})


def test_databases_of_splits(tmp_path):
    write(tmp_path / "training", [(b"1", "Straße"), (b"2", None), (None, "lost")])
    write(tmp_path / "validation", [(b"4", "vier")])
    source = open_source(tmp_path)
    assert source.describe()["layout"] == "lmdb"
    assert [(s.filename, s.label, s.image) for s in source.samples("train")] == [
        ("training/000000001", "Straße", b"1"),
        ("training/000000002", None, b"2"),
    ]
    assert [s.label for s in source.samples("validation")] == ["vier"]
    assert [file.filename for file in source.skipped.first("label without image")] == ["training/000000003"]
    assert source.skipped.counts() == {"label without image": 1}


def test_an_archive_must_be_unpacked(as_zip):
    with pytest.raises(InkpipeError, match="cannot be read within an archive. Received: x/data.mdb"):
        open_source(as_zip({"x/data.mdb": b"x"}))


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_damaged_database_is_named(tmp_path, content):
    (tmp_path / "data.mdb").write_bytes(content)
    with pytest.raises(InkpipeError, match="data.mdb is no readable LMDB"):
        open_source(tmp_path)


def test_a_database_of_another_kind_is_named(tmp_path):
    write(tmp_path / "x", [(b"1", "A")], count="many")
    with pytest.raises(InkpipeError, match="x/data.mdb has no key num-samples. Received: b'many'"):
        open_source(tmp_path)


def test_the_missing_extra_is_named(tmp_path, monkeypatch):
    write(tmp_path / "x", [(b"1", "A")])
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(InkpipeError, match="needs the extra lmdb"):
        open_source(tmp_path)
