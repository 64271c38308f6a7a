from __future__ import annotations

import numpy as np
import pytest

from inkpipe.sources.synthetic.glyphs import Glyph, variants
from inkpipe.sources.synthetic.names import ALPHABET
from inkpipe.sources.synthetic.pen import SCALE, Strokes, blank, draw
from inkpipe.sources.synthetic.writer import MARKS

KEYS = sorted(variants())


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_every_letter_has_capitals_and_lower_case_forms(letter: str) -> None:
    assert len(variants()[letter, "cap"]) >= 3
    assert len(variants()[letter, "low"]) >= 1


def test_everything_that_is_written_has_a_glyph() -> None:
    assert {c for c in ALPHABET if c != " "} <= {character for character, style in variants() if style == "cap"}
    assert set("0123456789") == {character for character, style in variants() if style == "digit"}
    assert set(MARKS.values()) <= {character for character, style in variants() if style == "mark"}


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_every_variant_renders_with_ink_inside_its_box_only(key: tuple[str, str]) -> None:
    for glyph in variants()[key]:
        _check_ink(glyph)


def _check_ink(glyph: Glyph) -> None:
    canvas = blank(60, 60)
    offset = np.array([30 - (glyph.left + glyph.right) / 10, 40], np.float32)
    points = glyph.points * np.array([0.2, -0.2], np.float32) + offset
    draw(canvas, Strokes(points, np.full(len(points), 1.0, np.float32), glyph.stroke))
    rows, columns = np.nonzero(canvas)
    assert len(rows) > 0
    low, high = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
    assert low[0] * SCALE <= columns.min()
    assert columns.max() <= (high[0] + 1) * SCALE
    assert low[1] * SCALE <= rows.min()
    assert rows.max() <= (high[1] + 1) * SCALE


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_every_variant_is_well_formed(key: tuple[str, str]) -> None:
    for glyph in variants()[key]:
        _check_form(glyph)


def _check_form(glyph: Glyph) -> None:
    assert glyph.weight > 0
    assert len(glyph.points) == len(glyph.rounded) == len(glyph.along) == len(glyph.bend) == len(glyph.stroke)
    assert np.bincount(glyph.stroke).min() >= 3
    assert glyph.left >= -25
    assert glyph.right <= 115
    assert glyph.points[:, 1].min() >= -45
    assert glyph.top <= 115
    assert glyph.bend.min() >= 0
    assert glyph.bend.max() <= 1


def test_rounding_keeps_ends_and_takes_corners() -> None:
    glyph = next(g for g in variants()["V", "cap"] if g.weight == 6)
    corner = int(np.argmin(glyph.points[:, 1]))
    assert np.allclose(glyph.rounded[[0, -1]], glyph.points[[0, -1]], atol=1e-3)
    assert glyph.rounded[corner, 1] > glyph.points[corner, 1] + 5
    assert glyph.bend[corner] > 0.5


def test_a_path_passes_its_points_and_is_evenly_sampled() -> None:
    glyph = variants()["L", "cap"][0]
    assert glyph.points[0].tolist() == [4, 100]
    assert np.abs(glyph.points - [4, 0]).sum(axis=1).min() < 5
    steps = np.linalg.norm(np.diff(glyph.points, axis=0), axis=1)
    assert 4 <= np.median(steps) <= 6
