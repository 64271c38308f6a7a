from __future__ import annotations

import numpy as np
import pytest

from inkpipe.synthetic.writing_style import ASPECT_LIMITS, sample_style


def test_styles_differ_and_stay_within_their_limits(synthetic_params):
    params = synthetic_params.writer
    styles = [sample_style(np.random.default_rng(i), params, 16.0) for i in range(200)]
    heights, widths = [s.height for s in styles], [s.stroke_width for s in styles]
    assert 16 * params.height_limits[0] <= min(heights)
    assert max(heights) <= 16 * params.height_limits[1]
    assert max(widths) <= params.stroke_width_limits[1]
    assert all(s.stroke_width <= params.max_stroke_width * s.height for s in styles)
    assert all(ASPECT_LIMITS[0] <= s.aspect <= ASPECT_LIMITS[1] for s in styles)
    assert len({s.slant for s in styles}) == 200


def test_letters_grow_with_the_cells(synthetic_params):
    narrow, wide = (sample_style(np.random.default_rng(4), synthetic_params.writer, width) for width in (8.0, 16.0))
    assert wide.height == pytest.approx(2 * narrow.height)


@pytest.mark.parametrize(("title_case", "lower_case"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_only_writing_in_lower_case_is_joined(synthetic_params, title_case, lower_case):
    probabilities = {"title_case_probability": title_case, "lower_case_probability": lower_case}
    params = synthetic_params.writer.model_copy(update={**probabilities, "joined_probability": 1.0})
    styles = [sample_style(np.random.default_rng(i), params, 16.0) for i in range(20)]
    assert {(style.title_case, style.joined) for style in styles} == {(title_case == 1, title_case + lower_case > 0)}
    assert all((style.lower_case_fraction == 1) == (lower_case > title_case) for style in styles)
