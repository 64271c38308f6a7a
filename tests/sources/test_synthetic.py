import json

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources import synthetic
from inkpipe.sources.synthetic import CHUNK, Chunk, SyntheticSource, generate_chunk


@pytest.fixture
def small(make_params):
    """The default params with splits of a few images; those for training are more than one chunk."""
    size = {"synthetic__train": CHUNK + 10, "synthetic__validation": 3, "synthetic__test": 4}
    return make_params(**size).synthetic


def samples(params, split, seed=9):
    return list(SyntheticSource(params, seed).samples(split))


def test_the_same_seed_gives_the_same_bytes_in_one_process_and_in_many(small):
    alone = generate_chunk(Chunk(small, 9, "train", range(CHUNK + 10)))
    together = samples(small, "train")
    assert len(alone) == CHUNK + 10
    assert alone == together


def test_an_image_does_not_depend_on_the_size_of_its_split(small):
    more = small.model_copy(update={"validation": 5})
    assert samples(small, "validation") == samples(more, "validation")[:3]


def test_files_are_numbered_from_one(small):
    assert [sample.filename for sample in samples(small, "test")] == [f"test_{i:06d}.jpg" for i in range(1, 5)]
    source = SyntheticSource(small, 9)
    assert [source.count(split) for split in ("train", "validation", "test")] == [CHUNK + 10, 3, 4]


def test_seeds_and_splits_differ(small):
    images = {
        sample.image for seed in (1, 2) for split in ("validation", "test") for sample in samples(small, split, seed)
    }
    assert len(images) == 14


def test_the_description_is_plain_json_and_depends_on_the_input_alone(small):
    first, second = SyntheticSource(small, 9).describe(), SyntheticSource(small, 9, "dask://host:1").describe()
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert first["source"] == "synthetic"
    assert first["seed"] == 9


def test_a_single_chunk_starts_no_process(small, monkeypatch):
    def no_pool(*_):
        raise AssertionError("a pool was started")

    monkeypatch.setattr(synthetic, "map_in_order", no_pool)
    assert len(samples(small, "test")) == 4


def test_the_work_goes_where_runtime_says(small):
    with pytest.raises(InkpipeError, match=r"workers must be `local` or `dask://host:port`. Received: 'elsewhere'"):
        next(SyntheticSource(small, 9, "elsewhere").samples("train"))
