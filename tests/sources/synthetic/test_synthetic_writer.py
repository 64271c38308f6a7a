from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic.writer import Hand, Style, draw_style


@pytest.fixture
def style(synthetic_params: SyntheticParams, rng: np.random.Generator) -> Style:
    drawn = draw_style(rng, synthetic_params.writer, 18.0)
    return replace(drawn, height=14.0, small_share=0.0, title_case=False, joined=False, fading=0.0, retouch=0.0)


def _centres(letters: int) -> np.ndarray:
    return (20 + 18 * np.arange(letters)).astype(np.float32)


def test_a_space_is_a_letter_without_ink(rng: np.random.Generator, style: Style) -> None:
    hand = Hand(rng, style)
    pieces = hand.spell("DE LA")
    assert [piece.letter for piece in pieces] == [0, 1, 3, 4]
    assert hand.widths(pieces, 5)[2] == 0


def test_an_accent_stands_on_its_letter(rng: np.random.Generator, style: Style) -> None:
    pieces = Hand(rng, style).spell("NOÉ")
    assert [(piece.glyph.character, piece.letter) for piece in pieces] == [("N", 0), ("O", 1), ("E", 2), ("acute", 2)]
    assert pieces[3].y > 0.9


def test_title_case_is_lower_case_after_the_first_letter(rng: np.random.Generator, style: Style) -> None:
    pieces = Hand(rng, replace(style, title_case=True)).spell("LOU")
    assert [piece.glyph.style for piece in pieces] == ["cap", "low", "low"]


def test_letters_stand_where_they_are_put(rng: np.random.Generator, style: Style) -> None:
    hand = Hand(rng, style)
    strokes = hand.write(hand.spell("HHH"), _centres(3), 30.0)
    assert strokes.points[:, 0].min() == pytest.approx(20, abs=9)
    assert strokes.points[:, 0].max() == pytest.approx(56, abs=9)
    assert strokes.points[:, 1].max() == pytest.approx(30, abs=4)
    assert strokes.points[:, 1].min() == pytest.approx(16, abs=4)


def test_pressure_varies_the_width(rng: np.random.Generator, style: Style) -> None:
    firm = Hand(rng, replace(style, pressure=0.0))
    lively = Hand(rng, replace(style, pressure=0.25))
    assert np.ptp(firm.write(firm.spell("ANNE"), _centres(4), 30.0).width) == pytest.approx(0, abs=1e-5)
    assert np.ptp(lively.write(lively.spell("ANNE"), _centres(4), 30.0).width) > 0.3


def test_a_dry_pen_breaks_strokes(rng: np.random.Generator, style: Style) -> None:
    hand = Hand(rng, replace(style, fading=0.6))
    assert 0 < (hand.write(hand.spell("MARTIN"), _centres(6), 30.0).width == 0).mean() < 0.6


def test_retouching_draws_a_letter_again(rng: np.random.Generator, style: Style) -> None:
    pieces = Hand(rng, replace(style, retouch=1.0)).spell("AB")
    assert [piece.letter for piece in pieces] == [0, 0, 1, 1]


def test_joined_writing_links_lower_case_neighbours_only(rng: np.random.Generator, style: Style) -> None:
    apart = Hand(np.random.default_rng(5), replace(style, title_case=True))
    joined = Hand(np.random.default_rng(5), replace(style, title_case=True, joined=True))
    plain = apart.write(apart.spell("LOUIS AN"), _centres(8), 30.0)
    linked = joined.write(joined.spell("LOUIS AN"), _centres(8), 30.0)
    assert linked.stroke.max() - plain.stroke.max() == 4  # o-u, u-i, i-s, a-n
    assert len(linked.points) == len(linked.width) == len(linked.stroke)


def test_a_hand_writes_smaller_where_there_is_no_room(rng: np.random.Generator, style: Style) -> None:
    hand = Hand(rng, style)
    hand.fit(1.5)
    assert hand.style == style
    hand.fit(0.5)
    assert hand.style.height < style.height
    assert hand.style.aspect < style.aspect


def test_styles_differ_and_stay_within_their_limits(synthetic_params: SyntheticParams) -> None:
    params = synthetic_params.writer
    styles = [draw_style(np.random.default_rng(i), params, 16.0) for i in range(200)]
    heights, widths = [s.height for s in styles], [s.width for s in styles]
    assert 16 * params.height_limits[0] <= min(heights)
    assert max(heights) <= 16 * params.height_limits[1]
    assert max(widths) <= params.width_limits[1]
    assert all(s.width <= params.boldest * s.height for s in styles)
    assert len({s.slant for s in styles}) == 200
