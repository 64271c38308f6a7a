from __future__ import annotations

import json
import subprocess
import sys

import pytest

from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic import SyntheticSource


@pytest.fixture(scope="module")
def small(synthetic_params: SyntheticParams) -> SyntheticParams:
    return synthetic_params.model_copy(update={"train": 260, "validation": 3, "test": 4})


def test_the_same_seed_gives_the_same_bytes_at_any_worker_count(small: SyntheticParams) -> None:
    alone = list(SyntheticSource(small, seed=9, workers=1).samples("train"))
    together = list(SyntheticSource(small, seed=9, workers=2).samples("train"))
    assert len(alone) == 260
    assert alone == together


def test_an_image_does_not_depend_on_the_size_of_its_split(small: SyntheticParams) -> None:
    more = small.model_copy(update={"validation": 5})
    few = list(SyntheticSource(small, 9, 1).samples("validation"))
    assert few == list(SyntheticSource(more, 9, 1).samples("validation"))[:3]


def test_files_are_numbered_from_one(small: SyntheticParams) -> None:
    source = SyntheticSource(small, 9, 1)
    assert [sample.filename for sample in source.samples("test")] == [f"test_{i:06d}.jpg" for i in range(1, 5)]
    assert [source.count(split) for split in ("train", "validation", "test")] == [260, 3, 4]


def test_seeds_and_splits_differ(small: SyntheticParams) -> None:
    images = {
        sample.image
        for seed in (1, 2)
        for split in ("validation", "test")
        for sample in SyntheticSource(small, seed, 1).samples(split)
    }
    assert len(images) == 14


def test_the_description_is_plain_json_and_depends_on_the_input_alone(small: SyntheticParams) -> None:
    first, second = SyntheticSource(small, 9, 1).describe(), SyntheticSource(small, 9, 2).describe()
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert first["source"] == "synthetic"
    assert first["seed"] == 9


def test_importing_the_source_is_light() -> None:
    code = (
        "import sys, inkpipe.sources.synthetic; print(sorted({'faker', 'PIL', 'tensorflow', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
