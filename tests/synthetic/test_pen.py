from __future__ import annotations

import numpy as np
import pytest

from inkpipe.synthetic.pen import SCALE, Strokes, blank_canvas, render_strokes


def _line(width, angle=0.0):
    along = np.linspace(-20, 20, len(width))[:, None] * np.array([[np.cos(angle), np.sin(angle)]])
    return Strokes((30 + along).astype(np.float32), width.astype(np.float32), np.zeros(len(width), np.intp))


def _area(canvas):
    return float((canvas > 0).sum()) / SCALE**2


def test_a_blank_canvas_is_supersampled_and_without_ink():
    canvas = blank_canvas(44, 324)
    assert canvas.shape == (44 * SCALE, 324 * SCALE)
    assert not canvas.any()


@pytest.mark.parametrize("width", [0.75, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, np.pi / 2])
def test_a_line_has_the_given_width(width, angle):
    canvas = blank_canvas(60, 60)
    render_strokes(canvas, _line(np.full(41, width), angle))
    assert _area(canvas) == pytest.approx(40 * width + 0.7 * width**2, rel=0.12)


def test_the_width_changes_along_a_line():
    canvas = blank_canvas(60, 60)
    render_strokes(canvas, _line(np.linspace(1.0, 4.0, 41)))
    heights = (canvas > 0).sum(axis=0) / SCALE
    assert heights[12 * SCALE] == pytest.approx(1.2, abs=0.3)
    assert heights[48 * SCALE] == pytest.approx(3.8, abs=0.3)


def test_a_lifted_pen_leaves_a_gap():
    width = np.full(41, 2.0)
    width[18:23] = 0
    canvas = blank_canvas(60, 60)
    render_strokes(canvas, _line(width))
    columns = canvas.max(axis=0)
    assert columns[12 * SCALE]
    assert columns[48 * SCALE]
    assert not columns[30 * SCALE]


def test_strokes_are_not_joined():
    strokes = _line(np.full(4, 2.0))
    canvas = blank_canvas(60, 60)
    render_strokes(canvas, strokes._replace(stroke=np.array([0, 0, 1, 1])))
    assert not canvas[:, 30 * SCALE].any()
