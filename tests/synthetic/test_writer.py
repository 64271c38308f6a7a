from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inkpipe.synthetic.writer import Writer
from inkpipe.synthetic.writing_style import sample_style


@pytest.fixture
def style(synthetic_params, rng):
    return replace(
        sample_style(rng, synthetic_params.writer, 18.0),
        height=14.0,
        lower_case_fraction=0.0,
        title_case=False,
        joined=False,
        fading_magnitude=0.0,
        retouch_fraction=0.0,
    )


def _centers(letters):
    return (20 + 18 * np.arange(letters)).astype(np.float32)


def test_a_space_is_a_letter_without_ink(rng, style):
    writer = Writer(rng, style)
    glyphs = writer.place_glyphs("DE LA")
    assert [placed.letter for placed in glyphs] == [0, 1, 3, 4]
    assert writer.letter_widths(glyphs, 5)[2] == 0


def test_an_accent_stands_on_its_letter(rng, style):
    glyphs = Writer(rng, style).place_glyphs("NOÉ")
    assert [(placed.glyph.character, placed.letter) for placed in glyphs] == [
        ("N", 0),
        ("O", 1),
        ("E", 2),
        ("acute", 2),
    ]
    assert glyphs[3].y > 0.9


def test_title_case_is_lower_case_after_the_first_letter(rng, style):
    glyphs = Writer(rng, replace(style, title_case=True)).place_glyphs("LOU")
    assert [placed.glyph.category for placed in glyphs] == ["cap", "low", "low"]


def test_a_consistent_writer_repeats_the_variant_of_a_letter(rng, style):
    consistent = Writer(rng, replace(style, variant_consistency=1.0)).place_glyphs("A" * 20)
    changing = Writer(rng, replace(style, variant_consistency=0.0)).place_glyphs("A" * 20)
    assert len({id(placed.glyph) for placed in consistent}) == 1
    assert len({id(placed.glyph) for placed in changing}) > 3


def test_letters_stand_at_their_centers_on_the_baseline(rng, style):
    writer = Writer(rng, style)
    strokes = writer.write(writer.place_glyphs("HHH"), _centers(3), 30.0)
    assert strokes.points[:, 0].min() == pytest.approx(20, abs=9)
    assert strokes.points[:, 0].max() == pytest.approx(56, abs=9)
    assert strokes.points[:, 1].max() == pytest.approx(30, abs=4)
    assert strokes.points[:, 1].min() == pytest.approx(16, abs=4)


def test_retouching_writes_a_letter_twice(rng, style):
    glyphs = Writer(rng, replace(style, retouch_fraction=1.0)).place_glyphs("AB")
    assert [placed.letter for placed in glyphs] == [0, 0, 1, 1]


def test_a_writer_writes_smaller_only_where_the_width_does_not_suffice(rng, style):
    writer = Writer(rng, style)
    writer.shrink_to_fit(1.5)
    assert writer.style == style
    writer.shrink_to_fit(0.5)
    assert writer.style.height < style.height
    assert writer.style.aspect < style.aspect
