from __future__ import annotations

import numpy as np
import pytest

from inkpipe.augment.degradation import blur, contrast, jpeg


def test_blur_smooths_and_keeps_the_amount_of_ink(written, rng):
    for seed in range(10):
        blurred = blur(written(), rng(seed), 1.5)
        assert np.abs(np.diff(blurred.astype(int))).sum() < np.abs(np.diff(written().astype(int))).sum()
        assert np.sum(255.0 - blurred) == pytest.approx(np.sum(255.0 - written()), rel=0.02)


@pytest.mark.parametrize("distortion", [blur, jpeg])
def test_magnitude_zero_hardly_changes_an_image(distortion, written, rng):
    assert np.abs(distortion(written(), rng(0), 0.0) - written().astype(int)).max() <= 4


def test_contrast_keeps_the_background_and_changes_ink_by_its_fraction(written, rng):
    gray = 155 + written() // 255 * 100  # ink of darkness 100
    levels = []
    for seed in range(40):
        changed = contrast(gray, rng(seed), 0.3)
        assert (changed[gray == 255] == 255).all()
        levels += np.unique(changed[gray == 155]).tolist()
    assert 255 - 130 <= min(levels) < 255 - 115
    assert 255 - 85 < max(levels) <= 255 - 70


def test_jpeg_of_a_lower_quality_changes_more(written, rng):
    changes = [
        np.mean([np.abs(jpeg(written(), rng(seed), magnitude) - written().astype(int)).mean() for seed in range(10)])
        for magnitude in (10, 50, 90)
    ]
    assert changes == sorted(changes)
    assert changes[2] > 2 * changes[0]
