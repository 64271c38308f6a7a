"""A small corpus with its manifest, and a vocabulary for its labels."""

import pyarrow as pa
import pytest

from inkpipe.data.corpus import Corpus, Sample, write_split
from inkpipe.data.manifest import ACCEPTED, MANIFEST, QUARANTINED, Manifest, write_manifest
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.preprocess import preprocess

NAMES = ("ANNA", "BOB", "CLARA", "DAN", "EVE", "FAY", "GIL")
COUNTS = {"train": 70, "validation": 9, "test": 5}


@pytest.fixture
def vocabulary():
    return Vocabulary(tuple(" '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"))


@pytest.fixture
def params(make_params):
    return make_params(preprocess__images_per_shard=32, batch_size=16, epochs=2)


@pytest.fixture
def corpus(tmp_path, draw, jpeg):
    """A corpus, with its manifest in the same folder; every tenth row is quarantined."""
    rows = []
    for split, count in COUNTS.items():
        samples = [Sample(f"{split}{i}.jpg", NAMES[i % 7], jpeg(draw(NAMES[i % 7], 36, 284))) for i in range(count)]
        write_split(tmp_path, split, samples)
        for i, sample in enumerate(samples):
            verdict = QUARANTINED if i % 10 == 3 else ACCEPTED
            row = {"split": split, "filename": sample.filename, "label": sample.label, "verdict": verdict}
            rows.append({**row, "width": 284, "height": 36, "digest": str(i), "reasons": []})
    write_manifest(tmp_path / "manifest.parquet", [pa.Table.from_pylist(rows, schema=MANIFEST)])
    return Corpus(tmp_path)


@pytest.fixture
def manifest(corpus):
    return Manifest(corpus.folder / "manifest.parquet")


@pytest.fixture
def write(corpus, manifest, vocabulary, params):
    """Write the corpus as records: `write(name, workers)`."""

    def written(name="records", workers="local"):
        folder = corpus.folder / name
        return preprocess(
            folder, corpus, manifest, vocabulary, params.preprocess, frames=params.frames, workers=workers
        ).records

    return written
