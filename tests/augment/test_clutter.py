from __future__ import annotations

import cv2
import numpy as np

from inkpipe.augment import augment, only
from inkpipe.augment.clutter import form_clutter, specks


def test_form_clutter_touches_no_letter(params, written, rng):
    for seed in range(60):
        distorted = augment(written(), rng(seed), only("form_clutter", params, 2.0))
        ys, xs = np.nonzero(written() < 200)
        box = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        np.testing.assert_array_equal(distorted[box], written()[box])


def test_form_clutter_comes_to_all_four_borders_and_reaches_no_farther_than_its_magnitude(rng):
    blank = np.full((40, 200), 255, np.uint8)
    borders = set()
    for seed in range(40):
        changed = form_clutter(blank.copy(), rng(seed), 6.0) < 255
        assert not changed[6:-6, 6:-6].any()
        borders |= {
            name
            for name, strip in {
                "top": changed[:6, 6:-6], "bottom": changed[-6:, 6:-6], "left": changed[6:-6, :6],
                "right": changed[6:-6, -6:],
            }.items()
            if strip.any()
        }  # fmt: skip
    assert borders == {"top", "bottom", "left", "right"}


def test_form_clutter_leaves_an_image_without_free_borders_as_it_is(rng):
    full = np.zeros((32, 128), np.uint8)
    assert not any(form_clutter(full.copy(), rng(seed), 6.0).any() for seed in range(10))


def test_specks_are_few_small_and_dark(rng):
    blank = np.full((60, 200), 255, np.uint8)
    counts = set()
    for seed in range(60):
        image = specks(blank.copy(), rng(seed), 4.0)
        count, _, stats, _ = cv2.connectedComponentsWithStats((image < 255).astype(np.uint8))
        counts.add(count - 1)
        assert image[image < 255].max() < 160
        assert stats[1:, cv2.CC_STAT_AREA].max() <= 8  # two specks can touch
    assert counts == {1, 2, 3, 4}
