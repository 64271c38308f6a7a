from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.imaging import ink
from inkpipe.imaging.normalize import core_rows, normalize_contrast, normalize_core_height, normalize_stroke_width


@pytest.mark.parametrize("method", ["stretch", "illumination"])
def test_gray_ink_on_gray_background_becomes_black_on_white(write, method):
    faint = (200 - (255 - write("NOM").astype(int)) * 80 // 255).astype(np.uint8)  # ink 120 on background 200
    clear = normalize_contrast(faint, method)
    assert np.percentile(clear[write("NOM") == 0], 50) <= 2
    assert (clear[write("NOM") == 255] >= 250).mean() > 0.99


def test_illumination_removes_a_shadow(write):
    text = write("MARTIN DUBOIS")
    shadow = np.linspace(1, 0.4, text.shape[1])
    clear = normalize_contrast((text * shadow).astype(np.uint8), "illumination")
    assert clear[:, -80:].mean() == pytest.approx(text[:, -80:].mean(), abs=6)
    np.testing.assert_allclose((clear > 128).mean(axis=0), (text > 128).mean(axis=0), atol=0.05)


@pytest.mark.parametrize("method", ["none", "stretch", "illumination"])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_images_stay_blank(method, level):
    blank = np.full((20, 40), level, np.uint8)
    assert np.ptp(normalize_contrast(blank, method)) == 0


def capitals(top, bottom, height=60):
    image = np.full((height, 200), 255, np.uint8)
    for x in range(20, 120, 20):
        cv2.rectangle(image, (x, top), (x + 12, bottom - 1), 0, 2)
    return image


def test_core_is_the_rows_of_the_letters_whatever_the_form_adds():
    image = capitals(26, 44)
    plain = core_rows(image)
    image[56:, ::3] = 0  # cut-off print below
    image[:5, 10:190:4] = 0  # and above
    image[10, 5:150] = 0  # a rule
    assert core_rows(image) == plain
    assert plain == pytest.approx((26, 44), abs=2)


def test_core_of_small_letters_leaves_ascenders_and_descenders_out(write):
    first, last = core_rows(write("unhappy mango"))
    body = core_rows(write("unaa mano"))
    assert first == pytest.approx(body[0], abs=3)
    assert last == pytest.approx(body[1], abs=3)


@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("top", [2, 20, 40])
def test_core_takes_its_fraction_of_the_height_in_its_middle(fraction, top):
    image = capitals(top, top + 18)
    normal = normalize_core_height(image, fraction)
    first, last = core_rows(normal)
    assert last - first == pytest.approx(fraction * normal.shape[0], abs=2)
    assert first == pytest.approx(normal.shape[0] - last, abs=2)
    assert normal.shape[1] == image.shape[1]


def test_without_ink_the_height_stays():
    blank = np.full((20, 40), 255, np.uint8)
    assert normalize_core_height(blank, 0.5) is blank
    assert normalize_stroke_width(blank, 2.0) is blank


@pytest.mark.parametrize("original", [2, 4, 7])
@pytest.mark.parametrize("width", [1.5, 3.0, 6.0])
def test_all_strokes_get_the_given_width(original, width):
    image = np.full((60, 200), 255, np.uint8)
    cv2.line(image, (20, 30), (180, 30), 0, original)
    redrawn = normalize_stroke_width(image, width)
    assert np.sum(255.0 - redrawn[:, 60:140], axis=0) / 255 == pytest.approx(width, abs=0.51)


def test_redrawn_letters_keep_their_places(write):
    text = write("MARTIN")
    again = normalize_stroke_width(text, 2.0)
    assert np.mean(ink.mask(again) != ink.mask(text)) < 0.03
