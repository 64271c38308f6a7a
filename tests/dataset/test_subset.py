import pytest
from tests.gray_images import gray_images, gray_values

from inkpipe.dataset.subset import SubsetImages


@pytest.fixture
def images():
    return gray_images(range(5))


def test_a_subset_has_its_rows_in_order(images):
    subset = SubsetImages(images, [1, 3, 4], 3)
    assert (subset.count, subset.shape) == (3, (4, 6))
    assert gray_values(subset) == [1, 3, 4]


def test_a_subset_repeats_to_its_count(images):
    assert gray_values(SubsetImages(images, [0, 2], 5)) == [0, 2, 0, 2, 0]
