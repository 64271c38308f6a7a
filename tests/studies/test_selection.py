import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.dataset.mixing import MixedImages
from inkpipe.dataset.subset import SubsetImages
from inkpipe.params.train import MixParams
from inkpipe.studies.selection import select, selectable


@pytest.fixture
def images():
    vocabulary = Vocabulary(tuple("ABCDE"))
    return ArrayImages.of_texts([np.full((4, 6), i, np.uint8) for i in range(5)], list("ABCDE"), vocabulary)


def grays(subset, epoch=0):
    return [int(subset.parse(element)[0][0, 0]) for element in subset.elements(epoch)]


def test_a_part_of_plain_images_is_a_subset_of_all(images):
    assert selectable(images) is images
    assert select(images, [1, 3], 4) == SubsetImages(images, [1, 3], 4)


def test_a_part_of_a_mixture_has_some_real_images_and_the_synthetic_ones(images):
    synthetic = ArrayImages(np.stack([np.full((4, 6), 100 + i, np.uint8) for i in range(7)]), [[1]] * 7)
    mixed = MixedImages(images, synthetic, MixParams(synthetic_fraction="auto", synthetic_epochs=1))
    assert selectable(mixed) is images
    part = select(mixed, [1, 3], 5)
    assert (part.count, mixed.count) == (10, 10)
    assert [grays(part, epoch) for epoch in range(3)] == [
        [100, 101, 102, 103, 104, 105, 106, 100, 101, 102],
        [1, 103, 3, 104, 1, 105, 3, 106, 1, 100],
        [1, 101, 3, 102, 1, 103, 3, 104, 1, 105],
    ]
    assert grays(select(mixed, [0, 2, 4], 3), 1) == [0, 106, 2, 100, 4, 101]
