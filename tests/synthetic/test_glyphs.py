from __future__ import annotations

import numpy as np
import pytest

from inkpipe.synthetic.glyphs import glyph_variants
from inkpipe.synthetic.names import ALPHABET
from inkpipe.synthetic.pen import SCALE, Strokes, blank_canvas, render_strokes
from inkpipe.synthetic.writer import ACCENTS

KEYS = sorted(glyph_variants())


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_every_letter_has_capitals_and_lower_case_forms(letter):
    assert len(glyph_variants()[letter, "cap"]) >= 3
    assert len(glyph_variants()[letter, "low"]) >= 1


def test_every_character_that_is_written_has_a_glyph():
    by_category = {
        category: {character for character, other in glyph_variants() if other == category}
        for category in ("cap", "digit", "mark")
    }
    assert {c for c in ALPHABET if c != " "} <= by_category["cap"]
    assert set("0123456789") == by_category["digit"]
    assert set(ACCENTS.values()) <= by_category["mark"]


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_every_variant_renders_with_ink_inside_its_box_only(key):
    for glyph in glyph_variants()[key]:
        _check_ink(glyph)


def _check_ink(glyph):
    canvas = blank_canvas(60, 60)
    offset = np.array([30 - (glyph.left + glyph.right) / 10, 40], np.float32)
    points = glyph.points * np.array([0.2, -0.2], np.float32) + offset
    render_strokes(canvas, Strokes(points, np.full(len(points), 1.0, np.float32), glyph.stroke))
    rows, columns = np.nonzero(canvas)
    assert len(rows) > 0
    low, high = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
    assert low[0] * SCALE <= columns.min()
    assert columns.max() <= (high[0] + 1) * SCALE
    assert low[1] * SCALE <= rows.min()
    assert rows.max() <= (high[1] + 1) * SCALE


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_every_variant_is_well_formed(key):
    for glyph in glyph_variants()[key]:
        _check_arrays(glyph)


def _check_arrays(glyph):
    assert glyph.weight > 0
    assert len(glyph.points) == len(glyph.rounded) == len(glyph.progress) == len(glyph.curvature) == len(glyph.stroke)
    assert np.bincount(glyph.stroke).min() >= 3
    assert glyph.strokes == len(np.unique(glyph.stroke))
    assert glyph.left >= -25
    assert glyph.right <= 115
    assert glyph.points[:, 1].min() >= -45
    assert glyph.top <= 115
    assert glyph.curvature.min() >= 0
    assert glyph.curvature.max() <= 1


def test_rounding_moves_corners_but_not_ends():
    glyph = next(g for g in glyph_variants()["V", "cap"] if g.weight == 6)
    corner = int(np.argmin(glyph.points[:, 1]))
    assert np.allclose(glyph.rounded[[0, -1]], glyph.points[[0, -1]], atol=1e-3)
    assert glyph.rounded[corner, 1] > glyph.points[corner, 1] + 5
    assert glyph.curvature[corner] > 0.5


def test_a_path_passes_its_points_and_is_evenly_sampled():
    glyph = glyph_variants()["L", "cap"][0]
    assert glyph.points[0].tolist() == [4, 100]
    assert np.abs(glyph.points - [4, 0]).sum(axis=1).min() < 5
    steps = np.linalg.norm(np.diff(glyph.points, axis=0), axis=1)
    assert 4 <= np.median(steps) <= 6
