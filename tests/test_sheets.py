from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.analysis import make_read
from inkpipe.errors import InkpipeError
from inkpipe.sheets import Example, encode_png, predictions, sheet

DARK = np.zeros((20, 60), np.uint8)
MIDDLE = np.full((30, 200), 100, np.uint8)


def _spots(picture: np.ndarray, grey: int) -> list[tuple[int, int, int, int]]:
    """left, top, width, height of the connected areas of more than 300 pixels of exactly this grey."""
    mask = (picture == grey).all(axis=2).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(mask)[2][1:]
    return [tuple(int(n) for n in row[:4]) for row in stats if row[4] > 300]


def test_sheet_shows_every_image_pixel_for_pixel() -> None:
    picture = sheet([[DARK, MIDDLE], [MIDDLE]], [["one", "two"], ["three"]])
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert [spot[2:] for spot in _spots(picture, 0)] == [(60, 20)]
    middles = _spots(picture, 100)
    assert [spot[2:] for spot in middles] == [(200, 30), (200, 30)]
    assert middles[0][1] < middles[1][1]


def test_columns_of_a_sheet_line_up() -> None:
    picture = sheet([[DARK, DARK], [MIDDLE, DARK]], [["a", "b"], ["c", "d"]])
    lefts = sorted(spot[0] for spot in _spots(picture, 0))
    assert lefts[1] == lefts[2]


def test_captions_and_titles_add_room_and_ink() -> None:
    plain = sheet([[DARK]], [[""]])
    assert sheet([[DARK]], [["a caption that is wider than its image"]]).shape[1] > plain.shape[1]
    assert sheet([[DARK]], [["two\nlines"]]).shape[0] > plain.shape[0]
    titled = sheet([[DARK]], [[""]], title="a title that is wider than the whole sheet")
    assert titled.shape[0] > plain.shape[0]
    assert titled.shape[1] > plain.shape[1]


def test_accents_are_drawn_as_such() -> None:
    assert not np.array_equal(sheet([[DARK]], [["\N{LATIN CAPITAL LETTER E WITH ACUTE}"]]), sheet([[DARK]], [["E"]]))
    box = sheet([[DARK]], [["\N{OPEN BOX}"]])
    assert not np.array_equal(box, sheet([[DARK]], [["\uffff"]]))  # is in the font: not the sign for a missing glyph


@pytest.mark.parametrize(
    ("rows", "captions"), [([], []), ([[]], [[]]), ([[DARK]], [["a", "b"]]), ([[DARK], [DARK]], [["a"]])]
)
def test_a_sheet_without_images_or_with_other_captions_is_refused(rows, captions) -> None:
    with pytest.raises(InkpipeError, match="one caption for each"):
        sheet(rows, captions)


def test_encode_png_keeps_pixels_and_colours() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    decoded = cv2.imdecode(np.frombuffer(encode_png(picture), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decoded, picture)
    assert np.array_equal(cv2.imdecode(np.frombuffer(encode_png(DARK), np.uint8), cv2.IMREAD_GRAYSCALE), DARK)


def test_predictions_show_right_reads_in_green_and_wrong_ones_in_red() -> None:
    right, wrong = make_read("a.jpg", "ANNA", "ANNA", 0.9), make_read("b.jpg", "ANNA", "", 0.2)
    green, red = np.array([0x2A, 0x7F, 0x62]), np.array([0xC8, 0x55, 0x3D])
    for read, present, absent in ((right, green, red), (wrong, red, green)):
        png = predictions([Example(read, DARK)])
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert (picture == present).all(axis=2).any()
        assert not (picture == absent).all(axis=2).any()
        assert predictions([Example(read, DARK)]) == png


def test_predictions_break_into_rows() -> None:
    example = Example(make_read("a.jpg", "ANNA", "ANNA", 0.9), MIDDLE)
    heights = [
        cv2.imdecode(np.frombuffer(predictions([example] * n, columns=2), np.uint8), cv2.IMREAD_COLOR).shape[0]
        for n in (1, 2, 3)
    ]
    assert heights[0] == heights[1] < heights[2]
