from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.denoise import denoise


def error(image, truth):
    return float(np.sqrt(np.mean((image.astype(float) - truth) ** 2)))


def test_none_changes_nothing(write):
    assert denoise(image := write("NOM"), "none") is image


@pytest.mark.parametrize("method", ["gaussian", "wavelet"])
def test_grain_is_halved(write, method):
    truth = write("MARTIN").astype(float) * 0.6 + 50
    grain = np.random.default_rng(0).normal(0, 12, truth.shape)
    noisy = np.clip(truth + grain, 0, 255).astype(np.uint8)
    background = truth > 200
    assert np.std(denoise(noisy, method)[background]) < 0.5 * np.std(noisy[background])


def test_wavelet_brings_strokes_and_background_closer_to_the_truth(write):
    truth = write("MARTIN").astype(float) * 0.6 + 50
    noisy = np.clip(truth + np.random.default_rng(0).normal(0, 12, truth.shape), 0, 255).astype(np.uint8)
    assert error(denoise(noisy, "wavelet"), truth) < 0.7 * error(noisy, truth)


def test_wavelet_leaves_a_clean_scan_alone(write):
    clean = write("MARTIN")
    assert error(denoise(clean, "wavelet"), clean) < 1


def test_median_removes_specks_and_keeps_strokes(write):
    clean = write("MARTIN")
    specked = clean.copy()
    specked[3:58:7, 300:410:9] = 0
    np.testing.assert_array_equal(denoise(specked, "median")[:, 290:], clean[:, 290:])
    assert np.mean(denoise(specked, "median")[clean == 0] < 128) > 0.9
