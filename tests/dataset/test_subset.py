import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.dataset.subset import SubsetImages


@pytest.fixture
def images():
    vocabulary = Vocabulary(tuple("ABCDE"))
    return ArrayImages.of_texts([np.full((4, 6), i, np.uint8) for i in range(5)], list("ABCDE"), vocabulary)


def grays(subset, epoch=0):
    return [int(subset.parse(element)[0][0, 0]) for element in subset.elements(epoch)]


def test_a_subset_has_its_rows_in_order(images):
    subset = SubsetImages(images, [1, 3, 4], 3)
    assert (subset.count, subset.shape) == (3, (4, 6))
    assert grays(subset) == [1, 3, 4]


def test_a_subset_repeats_to_its_count(images):
    assert grays(SubsetImages(images, [0, 2], 5)) == [0, 2, 0, 2, 0]
