from __future__ import annotations

import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic import form
from inkpipe.sources.synthetic.form import LAYOUTS, Printed
from inkpipe.sources.synthetic.pen import SCALE, blank


def test_layouts_are_chosen_by_weight(synthetic_params: SyntheticParams, rng: np.random.Generator) -> None:
    params = synthetic_params.form.model_copy(update={"layouts": {"bare": 0.0, "bold_name": 1.0, "label_high": 0.0}})
    assert {form.choose_layout(rng, params).width for _ in range(20)} == {388}


def test_an_unknown_layout_is_refused(synthetic_params: SyntheticParams, rng: np.random.Generator) -> None:
    params = synthetic_params.form.model_copy(update={"layouts": {"tax_form": 1.0}})
    with pytest.raises(InkpipeError, match=r"Received: \['tax_form'\]"):
        form.choose_layout(rng, params)


def test_layouts_have_the_sizes_of_real_crops() -> None:
    assert all(278 <= layout.width <= 388 for layout in LAYOUTS.values())
    assert all(14 <= low <= high <= 72 for low, high in (layout.height for layout in LAYOUTS.values()))


def test_printed_capitals_stand_where_and_as_high_as_asked() -> None:
    canvas = blank(40, 120)
    form.print_text(canvas, Printed("NOM", 10, 0, cap=10.0, bold=True), line=20, offset=0)
    rows, columns = np.nonzero(canvas > 128)
    assert rows.min() / SCALE == pytest.approx(15, abs=1)
    assert rows.max() / SCALE == pytest.approx(25, abs=1)
    assert columns.min() / SCALE == pytest.approx(10, abs=1)


def test_print_is_cut_off_at_the_edge() -> None:
    whole, cut = blank(40, 120), blank(40, 120)
    form.print_text(whole, Printed("CODE", 10, 0), line=20, offset=0)
    form.print_text(cut, Printed("CODE", 10, 0), line=0, offset=0)
    assert 0 < (cut > 0).sum() < 0.7 * (whole > 0).sum()


def test_what_lies_outside_is_not_pasted() -> None:
    canvas = blank(10, 10)
    form.paste(canvas, np.full((8, 8), 255, np.uint8), 500, 0)
    form.paste(canvas, np.full((8, 8), 255, np.uint8), 0, -50)
    assert not canvas.any()


@pytest.mark.parametrize("dashed", [False, True])
def test_a_rule_runs_from_left_to_right(dashed: bool) -> None:
    canvas = blank(20, 100)
    form.rule(canvas, 10, 20, 80, dashed)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.min() == pytest.approx(20, abs=1)
    assert columns.max() == pytest.approx(80, abs=3)


@pytest.mark.parametrize("teeth_only", [False, True])
def test_a_comb_has_a_tooth_between_cells(teeth_only: bool) -> None:
    canvas = blank(40, 120)
    form.comb(canvas, left=10, top=10, pitch=20, cells=4, height=20, teeth_only=teeth_only)
    teeth = canvas[28 * SCALE].reshape(-1, SCALE).any(axis=1)
    groups = np.flatnonzero(np.diff(np.concatenate([[False], teeth]).astype(int)) == 1)
    assert len(groups) == 5
    assert canvas[10 * SCALE].any() == (not teeth_only)


def test_specks_follow_their_mean(rng: np.random.Generator) -> None:
    clean, dirty = blank(44, 324), blank(44, 324)
    form.speckle(clean, rng, 0.0)
    form.speckle(dirty, rng, 30.0)
    assert not clean.any()
    assert dirty.any()


def test_beyond_the_right_edge_it_is_black(rng: np.random.Generator) -> None:
    canvas = blank(36, 388)
    form.shade_right(canvas, rng)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.size
    assert columns.min() > 380


def test_the_edge_stays_at_the_left(rng: np.random.Generator) -> None:
    canvas = blank(36, 388)
    form.print_edge(canvas, rng, 3.0)
    columns = np.flatnonzero(canvas.any(axis=0)) / SCALE
    assert columns.size
    assert columns.max() < 20
