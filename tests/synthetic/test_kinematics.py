from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inkpipe.synthetic.kinematics import MIN_STROKE_WIDTH, pen_movement
from inkpipe.synthetic.writer import Writer
from inkpipe.synthetic.writing_style import WritingStyle

EVEN = WritingStyle(  # a hand without any variation
    height=14.0,
    aspect=1.0,
    slant=0.0,
    corner_rounding=0.0,
    lower_case_fraction=0.0,
    title_case=False,
    joined=False,
    lower_case_scale=1.0,
    variant_consistency=1.0,
    baseline_wander=0.0,
    baseline_slope=0.0,
    letter_noise=0.0,
    stroke_noise=0.0,
    stroke_bend=0.0,
    tremor=0.0,
    stroke_width=1.2,
    pressure_variation=0.0,
    fading_magnitude=0.0,
    retouch_fraction=0.0,
)


def _write(text, style, seed=5):
    rng = np.random.default_rng(seed)
    centers = (20 + 18 * np.arange(len(text))).astype(np.float32)
    return pen_movement(rng, style, Writer(rng, style).place_glyphs(text), centers, 30.0)


def test_a_capital_is_as_high_as_the_style_says():
    points = _write("H", EVEN).points  # of straight strokes
    assert points[:, 1].max() == pytest.approx(30, abs=0.5)
    assert points[:, 1].min() == pytest.approx(16, abs=0.5)


def test_slant_leans_letters_to_the_right():
    def top_minus_foot(slant):
        points = _write("I", replace(EVEN, slant=slant)).points
        return points[points[:, 1].argmin(), 0] - points[points[:, 1].argmax(), 0]

    assert top_minus_foot(0.3) - top_minus_foot(0.0) == pytest.approx(0.3 * 14, abs=1.0)


def test_the_baseline_rises_with_a_positive_slope():
    points = _write("HHHHHH", replace(EVEN, baseline_slope=0.1)).points
    foot_of_first, foot_of_last = (points[abs(points[:, 0] - x) < 9, 1].max() for x in (20, 110))
    assert foot_of_first - foot_of_last == pytest.approx(9, abs=1)


def test_pressure_varies_the_stroke_width():
    even, varied = _write("ANNE", EVEN).width, _write("ANNE", replace(EVEN, pressure_variation=0.25)).width
    assert np.ptp(even) == pytest.approx(0, abs=1e-5)
    assert np.ptp(varied) > 0.3
    assert varied.min() >= np.float32(MIN_STROKE_WIDTH)


def test_a_dry_pen_leaves_gaps_in_strokes():
    widths = _write("MARTIN", replace(EVEN, pressure_variation=0.1, fading_magnitude=0.6)).width
    assert 0 < (widths == 0).mean() < 0.6


@pytest.mark.parametrize(
    "noise", ["letter_noise", "stroke_noise", "stroke_bend", "tremor", "baseline_wander", "corner_rounding"]
)
def test_every_kind_of_variation_moves_the_pen(noise):
    even, varied = _write("MARTIN", EVEN).points, _write("MARTIN", replace(EVEN, **{noise: 0.1})).points
    assert varied.shape == even.shape
    assert 0.001 < np.abs(varied - even).max() < 14


def test_joined_writing_links_neighboring_lower_case_letters_only():
    apart = _write("LOUIS AN", replace(EVEN, title_case=True))
    joined = _write("LOUIS AN", replace(EVEN, title_case=True, joined=True))
    assert joined.stroke.max() - apart.stroke.max() == 4  # o-u, u-i, i-s, a-n
    assert len(joined.points) == len(joined.width) == len(joined.stroke)
