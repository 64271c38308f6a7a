import json

import pyarrow.parquet as pq
import pytest

from inkpipe.data.corpus import Corpus, Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources import IngestResult
from inkpipe.sources.mixed import MixedSource

FEW = {"synthetic__train": 3, "synthetic__validation": 3, "synthetic__test": 3}


class Listed:
    """A source of given samples."""

    extra_columns = ("writer",)

    def __init__(self, **splits):
        self.splits = splits

    def describe(self):
        return {"source": "listed"}

    def count(self, split):
        return len(self.splits.get(split, ()))

    def samples(self, split):
        if split not in self.splits:
            raise InkpipeError("no such split")
        return iter(self.splits[split])


def named(*names, **extra):
    return [Sample(name, "ANNA", b"", extra) for name in names]


def test_training_has_both_kinds_of_images_and_the_other_splits_real_ones_alone(
    as_data, kaggle_files, make_params, download, tmp_path, every_row
):
    path = as_data(kaggle_files)
    result = download(make_params(data__source="mixed", data__folder__path=str(path), **FEW))
    assert result == IngestResult({"train": 5, "validation": 1, "test": 1}, {})
    rows = list(every_row(tmp_path / "raw", "train"))
    assert [(sample.filename, sample.extra["origin"]) for sample in rows] == [
        ("TRAIN_1.jpg", "real"),
        ("TRAIN_2.jpg", "real"),
        ("synthetic/train_000001.jpg", "synthetic"),
        ("synthetic/train_000002.jpg", "synthetic"),
        ("synthetic/train_000003.jpg", "synthetic"),
    ]
    assert [sample.extra for sample in every_row(tmp_path / "raw", "test")] == [{"origin": "real"}]
    assert Corpus(tmp_path / "raw").extra_columns() == ("origin",)


def test_source_json_describes_both_halves(as_zip, kaggle_files, make_params, download, tmp_path):
    path = as_zip(kaggle_files | {"train_v2/train/EXTRA.jpg": b""})
    tolerant = {"data__folder__max_unmatched_fraction": 0.2}
    download(make_params(data__source="mixed", data__folder__path=str(path), **FEW, **tolerant))
    described = json.loads((tmp_path / "raw/source.json").read_text())
    assert described["source"] == "mixed"
    assert described["real"]["source"] == "folder"
    assert described["real"]["archive"]["name"] == "data.zip"
    assert described["real"]["rows"] == {"train": 2, "validation": 1, "test": 1}
    assert described["synthetic"]["seed"] == 42
    assert described["synthetic"]["rows"] == {"train": 3}
    assert described["synthetic"]["params"]["train"] == 3
    assert described["skipped"]["image without label"]["count"] == 1
    assert described["splits"]["train"]["rows"] == 5


def test_the_real_images_may_come_from_kaggle(make_params, open_params, monkeypatch):
    opened = []
    monkeypatch.setattr("inkpipe.sources.kaggle.source.KaggleSource", lambda *_, **__: opened.append(1) or Listed())
    assert open_params(make_params(data__source="mixed", data__mixed__real="kaggle", **FEW)).count("train") == 3
    assert opened == [1]


def test_no_path_of_real_images_stops(make_params, open_params):
    with pytest.raises(InkpipeError, match=r"data.source is mixed but data.folder.path is empty"):
        open_params(make_params(data__source="mixed"))


def test_extra_columns_of_the_real_images_stay():
    source = MixedSource(Listed(train=named("a.jpg", writer="w1")), Listed(train=named("b.jpg")))
    assert source.extra_columns == ("origin", "writer")
    assert [sample.extra for sample in source.samples("train")] == [
        {"origin": "real", "writer": "w1"},
        {"origin": "synthetic"},
    ]


def test_the_real_images_need_no_training_split():
    source = MixedSource(Listed(test=named("a.jpg")), Listed(train=named("b.jpg"), test=named("c.jpg")))
    assert [source.count(split) for split in ("train", "validation", "test")] == [1, 0, 1]
    assert [sample.filename for sample in source.samples("train")] == ["synthetic/b.jpg"]
    assert list(source.samples("validation")) == []


def test_a_real_name_like_those_of_synthetic_images_stops():
    source = MixedSource(Listed(train=named("synthetic/train_000001.jpg")), Listed(train=named("b.jpg")))
    with pytest.raises(InkpipeError, match=r"Received: 'synthetic/train_000001.jpg' in the train split. Rename"):
        list(source.samples("train"))


def test_other_sources_add_no_column(as_zip, kaggle_files, make_params, download, tmp_path):
    download(make_params(data__source="folder", data__folder__path=str(as_zip(kaggle_files))))
    assert pq.read_schema(tmp_path / "raw/train.parquet").names == ["filename", "label", "image"]
