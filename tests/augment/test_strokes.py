from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.augment import augment, only
from inkpipe.augment.strokes import BLOT_RADIUS, DISTORTIONS, erasing, ink_bleed, pressure, stroke_gaps


def test_pressure_keeps_thin_strokes(params, written, rng):
    for seed in range(30):
        distorted = augment(written(), rng(seed), only("pressure", params, 2.0))
        count = [cv2.connectedComponents((image < 200).astype(np.uint8))[0] for image in (written(), distorted)]
        assert count[1] <= count[0] + 1


def test_pressure_thickens_in_some_places_and_thins_in_others(written, rng):
    change = np.concatenate([pressure(written(), rng(seed), 1.0) - written().astype(int) for seed in range(5)])
    assert change.min() < -50
    assert change.max() > 50


@pytest.mark.parametrize("magnitude", [1.0, 4.0])
def test_stroke_gaps_replace_ink_by_background_at_few_places(written, rng, magnitude):
    for seed in range(30):
        distorted = stroke_gaps(written(), rng(seed), magnitude)
        changed = distorted != written()
        assert 0 < np.count_nonzero(changed) <= 4 * magnitude
        assert (distorted[changed] == 255).all()


def test_ink_bleed_darkens_a_gap_between_strokes_by_half(rng):
    image = np.full((40, 100), 255, np.uint8)
    image[5:35, 40:44] = image[5:35, 46:50] = 0
    distorted = ink_bleed(image.copy(), rng(0), 1.0)
    darker = np.argwhere(distorted < image)
    assert darker.size
    assert (np.ptp(darker, axis=0) <= 2 * BLOT_RADIUS).all()
    assert set(darker[:, 1]) == {44, 45}
    assert set(distorted[distorted < image]) == {128}


def test_erasing_fades_one_spot_to_at_most_half_of_its_darkness(written, rng):
    for seed in range(30):
        distorted = erasing(written(), rng(seed), 6.0)
        faded = np.argwhere(distorted != written())
        assert faded.size
        assert (np.ptp(faded, axis=0) <= 6).all()
        before, after = (255 - image[tuple(faded.T)].astype(int) for image in (written(), distorted))
        assert (after <= before / 2 + 1).all()


@pytest.mark.parametrize("distortion", DISTORTIONS.values(), ids=DISTORTIONS)
def test_a_blank_image_stays_blank(distortion, rng):
    blank = np.full((32, 128), 255, np.uint8)
    assert (distortion(blank.copy(), rng(0), 1.0) == 255).all()
