from __future__ import annotations

import numpy as np

from inkpipe.augment.noise import smooth_noise


def test_noise_is_smooth_and_bounded():
    field = smooth_noise(np.random.default_rng(0), 64, 512, 16)
    assert field.shape == (64, 512)
    assert field.dtype == np.float32
    assert np.abs(field).max() < 1.5
    assert np.abs(np.diff(field)).max() < 0.3
    assert field.std() > 0.3
