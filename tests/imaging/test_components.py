from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.components import find_components


def test_components_have_boxes(canvas):
    components = find_components(canvas().name().image)
    assert components.left.tolist()[1:] == [40, 58, 76, 94, 112]
    assert set(components.top[1:].tolist()) == {25}
    assert set(components.bottom[1:].tolist()) == {41}
    assert components.right.tolist()[1:] == [52, 70, 88, 106, 124]
    assert (components.width == components.right - components.left).all()
    assert (components.height == components.bottom - components.top).all()


def test_labels_number_the_component_of_each_pixel(canvas):
    components = find_components(canvas().name().image)
    assert components.labels.shape == (60, 200)
    assert components.labels[30, [10, 45, 60, 120]].tolist() == [0, 1, 2, 5]


def test_pixels_that_touch_at_a_corner_are_one_component(canvas):
    assert find_components(canvas().block(10, 10, 5, 5).block(15, 15, 5, 5).image).left.size == 2


@pytest.mark.parametrize(
    ("block", "solid"),
    [
        ((20, 20, 4, 2), True),
        ((20, 20, 7, 1), False),  # a speck
        ((0, 0, 4, 60), False),  # the edge of the page
        ((196, 5, 4, 40), False),
        ((0, 0, 5, 60), True),
        ((20, 0, 4, 60), True),
    ],
)
def test_specks_and_page_edges_are_not_solid(canvas, block, solid):
    assert find_components(canvas().block(*block).image).solid.tolist() == [False, solid]


@pytest.mark.parametrize(("width", "solid"), [(20, False), (101, True)])
def test_ink_from_border_to_border_at_a_side_is_rotated_print_unless_it_is_wide(canvas, width, solid):
    page = canvas().block(0, 0, 8, 60).block(0, 58, width, 2)  # a tall letter on a rule
    for x in (120, 140, 160):
        page.block(x, 30, 10, 10)
    assert find_components(page.image).solid.tolist() == [False, solid, True, True, True]


@pytest.mark.parametrize(("top", "at_border"), [(0, True), (1, False), (49, False), (50, True)])
def test_components_that_touch_the_upper_or_lower_border_are_marked(canvas, top, at_border):
    assert find_components(canvas().block(20, top, 10, 10).image).at_border[1] == at_border


def test_an_image_without_ink_has_only_background():
    components = find_components(np.full((10, 20), 255, np.uint8))
    assert components.solid.tolist() == [False]
    assert not components.labels.any()


def test_a_large_image_can_have_more_components_than_sixteen_bits_number():
    image = np.full((600, 600), 255, np.uint8)
    image[::2, ::2] = 0
    components = find_components(image)
    assert components.left.size == 300 * 300 + 1
    assert components.labels.max() == 300 * 300
