import pyarrow as pa
import pytest

from inkpipe.data.corpus import Corpus, Sample, write_split
from inkpipe.data.manifest import MANIFEST, Manifest, write_manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.errors import InkpipeError

ROWS = [  # split, file, label of the source, label of the manifest, verdict
    ("train", "t.jpg", "eve", "EVE", "accepted"),
    ("test", "a.jpg", "anna", "ANNA", "accepted"),
    ("test", "bad.jpg", "EMPTY", "EMPTY", "quarantined"),
    ("test", "c.jpg", " Zoe", "ZOE", "accepted"),
]


@pytest.fixture
def corpus(tmp_path):
    for split in ("train", "test"):
        write_split(tmp_path, split, [Sample(name, label, name.encode()) for s, name, label, *_ in ROWS if s == split])
    return Corpus(tmp_path)


@pytest.fixture
def manifest(tmp_path):
    columns = ("split", "filename", "label", "verdict")
    rows = [dict(zip(columns, (split, name, label, verdict), strict=True)) for split, name, _, label, verdict in ROWS]
    write_manifest(tmp_path / "manifest.parquet", [pa.Table.from_pylist(rows, schema=MANIFEST)])
    return Manifest(tmp_path / "manifest.parquet")


def test_accepted_samples_have_untouched_images_and_normalized_labels(corpus, manifest):
    samples = list(AcceptedSamples(corpus, manifest, "test"))
    assert samples == [Sample("a.jpg", "ANNA", b"a.jpg"), Sample("c.jpg", "ZOE", b"c.jpg")]


def test_samples_can_be_spread_over_the_split(corpus, manifest):
    write_split(corpus.folder, "test", [Sample(f"{i}.jpg", "a", b"") for i in range(10)])
    rows = [{"split": "test", "filename": f"{i}.jpg", "label": str(i), "verdict": "accepted"} for i in range(10)]
    write_manifest(manifest.path, [pa.Table.from_pylist(rows, schema=MANIFEST)])
    accepted = AcceptedSamples(corpus, manifest, "test")
    assert [each.label for each in accepted.spread(4)] == ["0", "3", "6", "9"]
    assert [each.label for each in accepted.spread(99)] == [str(i) for i in range(10)]


def test_splits_do_not_mix(corpus, manifest):
    assert list(AcceptedSamples(corpus, manifest, "train")) == [Sample("t.jpg", "EVE", b"t.jpg")]


def test_an_absent_manifest_names_the_stage_that_makes_it(corpus, tmp_path):
    with pytest.raises(InkpipeError, match="dvc repro validate"):
        list(AcceptedSamples(corpus, Manifest(tmp_path / "none.parquet"), "test"))


def test_a_corpus_that_is_not_the_manifests_own_is_an_error(corpus, manifest):
    write_split(corpus.folder, "test", [Sample("a.jpg", "anna", b"a.jpg")])
    with pytest.raises(ValueError, match="zip"):
        list(AcceptedSamples(corpus, manifest, "test"))


def test_samples_are_counted_and_streamed_again_from_one_reading_of_the_manifest(corpus, manifest):
    samples = AcceptedSamples(corpus, manifest, "test")
    assert len(samples) == 2
    manifest.path.unlink()
    assert [sample.filename for sample in samples] == [sample.filename for sample in samples] == ["a.jpg", "c.jpg"]
