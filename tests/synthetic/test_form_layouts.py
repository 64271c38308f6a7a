from __future__ import annotations

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.synthetic.form_layouts import LAYOUTS, choose_layout


def test_layouts_are_chosen_by_weight(synthetic_params, rng):
    params = synthetic_params.form.model_copy(update={"layouts": {"bare": 0.0, "bold_name": 1.0, "label_high": 0.0}})
    assert {choose_layout(rng, params).width for _ in range(20)} == {388}


def test_an_unknown_layout_is_refused(make_params):
    with pytest.raises(InkpipeError, match=r"synthetic.form.layouts.*'label_above'.*Received: 'tax_form'"):
        make_params(synthetic__form__layouts={"tax_form": 1.0})


def test_layouts_have_the_sizes_of_real_crops():
    assert all(278 <= layout.width <= 388 for layout in LAYOUTS.values())
    assert all(14 <= low <= high <= 72 for low, high in (layout.height_range for layout in LAYOUTS.values()))


def test_every_layout_of_the_default_params_exists(synthetic_params):
    assert set(synthetic_params.form.layouts) == set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_probabilities_of_a_layout_are_between_0_and_1(name):
    layout = LAYOUTS[name]
    lines = [*layout.printed_texts, *layout.neighbor_lines]
    assert all(0 <= probability <= 1 for probability in [line.probability for line in lines])
    assert 0 <= layout.page_edge_probability <= 1
