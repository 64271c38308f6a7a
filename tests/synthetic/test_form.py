from __future__ import annotations

import numpy as np
import pytest

from inkpipe.synthetic import form
from inkpipe.synthetic.form_layouts import PrintedText
from inkpipe.synthetic.pen import SCALE, blank_canvas


def test_printed_capitals_have_the_given_place_and_height():
    canvas = blank_canvas(40, 120)
    form.print_text(canvas, PrintedText("NOM", 10, 0, cap_height=10.0, bold=True), line_center=20, offset=0)
    rows, columns = np.nonzero(canvas > 128)
    assert rows.min() / SCALE == pytest.approx(15, abs=1)
    assert rows.max() / SCALE == pytest.approx(25, abs=1)
    assert columns.min() / SCALE == pytest.approx(10, abs=1)


def test_print_is_cut_off_at_the_edge():
    whole, cut = blank_canvas(40, 120), blank_canvas(40, 120)
    form.print_text(whole, PrintedText("CODE", 10, 0), line_center=20, offset=0)
    form.print_text(cut, PrintedText("CODE", 10, 0), line_center=0, offset=0)
    assert 0 < (cut > 0).sum() < 0.7 * (whole > 0).sum()


def test_a_mask_outside_of_the_canvas_leaves_no_ink():
    canvas = blank_canvas(10, 10)
    form.paste_mask(canvas, np.full((8, 8), 255, np.uint8), 500, 0)
    form.paste_mask(canvas, np.full((8, 8), 255, np.uint8), 0, -50)
    assert not canvas.any()


@pytest.mark.parametrize("dotted", [False, True])
def test_a_ruled_line_runs_from_left_to_right(dotted):
    canvas = blank_canvas(20, 100)
    form.print_ruled_line(canvas, 10, 20, 80, dotted)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.min() == pytest.approx(20, abs=1)
    assert columns.max() == pytest.approx(80, abs=3)


@pytest.mark.parametrize("closed", [True, False])
def test_cells_have_a_separator_between_them(closed):
    canvas = blank_canvas(40, 120)
    form.print_cells(canvas, left=10, top=10, cell_width=20, cells=4, height=20, closed=closed)
    separators = canvas[28 * SCALE].reshape(-1, SCALE).any(axis=1)
    groups = np.flatnonzero(np.diff(np.concatenate([[False], separators]).astype(int)) == 1)
    assert len(groups) == 5
    assert canvas[10 * SCALE].any() == closed


def test_specks_follow_their_mean(rng):
    clean, dirty = blank_canvas(44, 324), blank_canvas(44, 324)
    form.add_specks(clean, rng, 0.0)
    form.add_specks(dirty, rng, 30.0)
    assert not clean.any()
    assert dirty.any()


def test_the_right_edge_of_the_page_is_black(rng):
    canvas = blank_canvas(36, 388)
    form.blacken_right_edge(canvas, rng)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.size
    assert columns.min() > 380


def test_the_left_edge_of_the_page_stays_at_the_left(rng):
    canvas = blank_canvas(36, 388)
    form.print_left_edge(canvas, rng, 3.0)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.size
    assert columns.max() < 20
