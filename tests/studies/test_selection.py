import pytest
from tests.gray_images import gray_images, gray_values

from inkpipe.dataset.mixing import MixedImages
from inkpipe.dataset.subset import SubsetImages
from inkpipe.params.train import MixParams
from inkpipe.studies.selection import select, selectable


@pytest.fixture
def images():
    return gray_images(range(5))


def test_a_part_of_plain_images_is_a_subset_of_all(images):
    assert selectable(images) is images
    assert select(images, [1, 3], 4) == SubsetImages(images, [1, 3], 4)


def test_a_part_of_a_mixture_has_some_real_images_and_the_synthetic_ones(images):
    synthetic = gray_images(range(100, 107))
    mixed = MixedImages(images, synthetic, MixParams(synthetic_fraction="auto", synthetic_epochs=1))
    assert selectable(mixed) is images
    part = select(mixed, [1, 3], 5)
    assert (part.count, mixed.count) == (10, 10)
    assert [gray_values(part, epoch) for epoch in range(3)] == [
        [100, 101, 102, 103, 104, 105, 106, 100, 101, 102],
        [1, 103, 3, 104, 1, 105, 3, 106, 1, 100],
        [1, 101, 3, 102, 1, 103, 3, 104, 1, 105],
    ]
    assert gray_values(select(mixed, [0, 2, 4], 3), 1) == [0, 106, 2, 100, 4, 101]
