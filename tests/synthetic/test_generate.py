from __future__ import annotations

import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from inkpipe.data.corpus import SPLITS
from inkpipe.synthetic.generate import generate
from inkpipe.synthetic.names import ALPHABET


def test_the_same_arguments_give_the_same_samples(synthetic_params):
    assert generate(synthetic_params, 9, "train", range(6)) == generate(synthetic_params, 9, "train", range(6))


def test_an_image_does_not_depend_on_the_images_generated_with_it(synthetic_params):
    together = generate(synthetic_params, 9, "validation", range(6))
    apart = [
        *generate(synthetic_params, 9, "validation", range(4, 6)),
        *generate(synthetic_params, 9, "validation", range(4)),
    ]
    assert apart == [*together[4:], *together[:4]]


def test_an_image_does_not_depend_on_the_sizes_of_the_splits(synthetic_params):
    larger = synthetic_params.model_copy(update={"train": 7, "validation": 8, "test": 9})
    assert generate(larger, 9, "test", range(3)) == generate(synthetic_params, 9, "test", range(3))


def test_another_process_gives_the_same_bytes(synthetic_params):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        elsewhere = pool.submit(generate, synthetic_params, 9, "train", range(3)).result()
    assert elsewhere == generate(synthetic_params, 9, "train", range(3))


def test_seeds_and_splits_and_indices_give_different_images(synthetic_params):
    samples = [
        sample for seed in (1, 2) for split in SPLITS for sample in generate(synthetic_params, seed, split, range(3))
    ]
    assert len({sample.image for sample in samples}) == 2 * 3 * 3


@pytest.mark.parametrize("split", SPLITS)
def test_files_are_numbered_from_one(synthetic_params, split):
    names = [sample.filename for sample in generate(synthetic_params, 9, split, range(1, 4))]
    assert names == [f"{split}_000002.jpg", f"{split}_000003.jpg", f"{split}_000004.jpg"]


def test_samples_are_jpegs_with_labels_over_the_alphabet(synthetic_params):
    for sample in generate(synthetic_params, 9, "train", range(20)):
        assert sample.image[:3] == b"\xff\xd8\xff"
        assert re.fullmatch(f"[{re.escape(ALPHABET)}]+", sample.label)


def test_no_index_gives_no_sample(synthetic_params):
    assert generate(synthetic_params, 9, "train", range(0)) == []
