import cv2
import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.grid import as_webp, encode_png, image_grid, prediction_grid
from inkpipe.evaluation.predictions import Example

DARK = np.zeros((20, 60), np.uint8)
MIDDLE = np.full((30, 200), 100, np.uint8)


def spots(picture, gray):
    """left, top, width, height of the connected areas of more than 300 pixels of exactly this gray."""
    mask = (picture == gray).all(axis=2).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(mask)[2][1:]
    return [tuple(int(n) for n in row[:4]) for row in stats if row[4] > 300]


def test_a_grid_shows_every_image_pixel_for_pixel():
    picture = image_grid([[DARK, MIDDLE], [MIDDLE]], [["one", "two"], ["three"]])
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert [spot[2:] for spot in spots(picture, 0)] == [(60, 20)]
    middles = spots(picture, 100)
    assert [spot[2:] for spot in middles] == [(200, 30), (200, 30)]
    assert middles[0][1] < middles[1][1]


def test_columns_of_a_grid_line_up():
    picture = image_grid([[DARK, DARK], [MIDDLE, DARK]], [["a", "b"], ["c", "d"]])
    lefts = sorted(spot[0] for spot in spots(picture, 0))
    assert lefts[1] == lefts[2]


def test_captions_and_titles_add_room_and_ink():
    plain = image_grid([[DARK]], [[""]])
    assert image_grid([[DARK]], [["a caption that is wider than its image"]]).shape[1] > plain.shape[1]
    assert image_grid([[DARK]], [["two\nlines"]]).shape[0] > plain.shape[0]
    titled = image_grid([[DARK]], [[""]], title="a title that is wider than the whole grid")
    assert titled.shape[0] > plain.shape[0]
    assert titled.shape[1] > plain.shape[1]


def test_the_font_has_accents_and_the_open_box():
    accented = image_grid([[DARK]], [["\N{LATIN CAPITAL LETTER E WITH ACUTE}"]])
    assert not np.array_equal(accented, image_grid([[DARK]], [["E"]]))
    box, missing_glyph = (image_grid([[DARK]], [[character]]) for character in ("\N{OPEN BOX}", "\uffff"))
    assert not np.array_equal(box, missing_glyph)


@pytest.mark.parametrize(
    ("rows", "captions"), [([], []), ([[]], [[]]), ([[DARK]], [["a", "b"]]), ([[DARK], [DARK]], [["a"]])]
)
def test_a_grid_without_images_or_with_other_captions_is_refused(rows, captions):
    with pytest.raises(InkpipeError, match="one caption for each"):
        image_grid(rows, captions)


def test_encode_png_keeps_pixels_and_colors():
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    decoded = cv2.imdecode(np.frombuffer(encode_png(picture), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decoded, picture)
    assert np.array_equal(cv2.imdecode(np.frombuffer(encode_png(DARK), np.uint8), cv2.IMREAD_GRAYSCALE), DARK)


def test_correct_predictions_are_green_and_wrong_ones_red(score_pair):
    correct, wrong = score_pair("ANNA", "ANNA", 0.9), score_pair("ANNA", "", 0.2)
    green, red = np.array([0x2A, 0x7F, 0x62]), np.array([0xC8, 0x55, 0x3D])
    for scored, present, absent in ((correct, green, red), (wrong, red, green)):
        png = prediction_grid([Example(scored, DARK)])
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert (picture == present).all(axis=2).any()
        assert not (picture == absent).all(axis=2).any()
        assert prediction_grid([Example(scored, DARK)]) == png


def test_predictions_break_into_rows(score_pair):
    example = Example(score_pair("ANNA", "ANNA", 0.9), MIDDLE)
    heights = [
        cv2.imdecode(np.frombuffer(prediction_grid([example] * n, columns=2), np.uint8), cv2.IMREAD_COLOR).shape[0]
        for n in (1, 2, 3)
    ]
    assert heights[0] == heights[1] < heights[2]


def test_a_picture_for_a_page_has_its_size_and_less_than_half_of_its_bytes():
    rng = np.random.default_rng(1)
    picture = np.clip(rng.normal(220, 12, (120, 400)), 0, 255).astype(np.uint8)
    png = encode_png(picture)
    shown = as_webp(png)
    assert len(shown) < len(png) / 2
    decoded = cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert decoded.shape == picture.shape
    assert abs(float(decoded.mean()) - float(picture.mean())) < 1
    assert as_webp(png) == shown
