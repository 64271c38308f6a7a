from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkpipe.augment import DISTORTIONS, GEOMETRIC, ON_PIXELS, augment, clutter, degradation, only, strokes
from inkpipe.params.augment import LIMITS, AugmentParams

ANY = settings(max_examples=25, deadline=None)
FACTORS = {"half": 0.5, "default": 1.0, "double": 2.0}


def test_every_distortion_has_params_and_a_limit():
    assert [name for name in AugmentParams.model_fields if name not in ("enabled", "frequency")] == list(DISTORTIONS)
    assert list(LIMITS) == list(DISTORTIONS)


def test_no_distortion_stands_in_two_modules():
    modules = (strokes, clutter, degradation)
    assert len(ON_PIXELS) == sum(len(module.DISTORTIONS) for module in modules)
    assert not set(GEOMETRIC) & set(ON_PIXELS)


def test_each_distortion_is_registered_under_the_name_of_its_function():
    assert all(function.__name__ == name for name, function in {**GEOMETRIC, **ON_PIXELS}.items())


@ANY
@given(
    image=st.tuples(st.integers(8, 60), st.integers(16, 90)).flatmap(
        lambda shape: hnp.arrays(np.uint8, shape, elements=st.integers(0, 255))
    )
    | st.builds(
        np.full, st.tuples(st.integers(8, 60), st.integers(16, 90)), st.sampled_from([0, 255]), st.just(np.uint8)
    ),
    name=st.sampled_from(DISTORTIONS),
    seed=st.integers(0, 1000),
)
def test_any_image_keeps_its_shape_and_is_not_changed(params, rng, image, name, seed):
    before = image.copy()
    for chosen in (params, only(name, params)):
        distorted = augment(image, rng(seed), chosen)
        assert distorted.shape == image.shape
        assert distorted.dtype == np.uint8
        assert not np.shares_memory(distorted, image)
    np.testing.assert_array_equal(image, before)


def test_the_same_generator_gives_the_same_image(params, written, rng):
    for seed in range(20):
        np.testing.assert_array_equal(augment(written(), rng(seed), params), augment(written(), rng(seed), params))
    different = {augment(written(), rng(seed), params).tobytes() for seed in range(20)}
    assert len(different) == 20


def test_probability_zero_leaves_the_image_as_it_is(params, written, rng):
    off = only("blur", params).model_copy(update={"blur": params.blur.model_copy(update={"probability": 0.0})})
    np.testing.assert_array_equal(augment(written(), rng(1), off), written())


@pytest.mark.parametrize(
    ("frequency", "probability", "least", "most"), [(0, 1, 0, 0), (2, 0.25, 30, 70), (4, 0.5, 100, 100)]
)
def test_the_frequency_is_a_factor_on_all_probabilities(params, written, rng, frequency, probability, least, most):
    blur = params.blur.model_copy(update={"probability": probability})
    given = only("blur", params).model_copy(update={"blur": blur, "frequency": float(frequency)})
    changed = [not np.array_equal(augment(written(), rng(seed), given), written()) for seed in range(100)]
    assert least <= sum(changed) <= most


@pytest.mark.parametrize("name", DISTORTIONS)
def test_only_one_distortion_changes_most_images_and_more_with_a_larger_magnitude(params, written, rng, name):
    changes = []
    for factor in FACTORS.values():
        pixels = [augment(written(), rng(seed), only(name, params, factor)).astype(int) for seed in range(40)]
        changes.append([np.abs(image - written()).sum() for image in pixels])
    assert np.mean(changes[0]) < np.mean(changes[2])
    assert np.count_nonzero(changes[1]) > (16 if name in {"ink_bleed", "form_clutter"} else 36)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_only_switches_all_other_distortions_off(params, name):
    chosen = only(name, params, 0.5)
    assert [other for other in DISTORTIONS if getattr(chosen, other).probability > 0] == [name]
    assert getattr(chosen, name).probability == 1
    assert getattr(chosen, name).magnitude == getattr(params, name).magnitude / 2
    assert (chosen.enabled, chosen.frequency) == (params.enabled, 1)


@pytest.mark.parametrize("factor", FACTORS.values(), ids=FACTORS)
@pytest.mark.parametrize("name", [*GEOMETRIC, "all"])
def test_no_ink_leaves_the_canvas(params, rng, name, factor):
    """Dots in the corners and along the borders must all still be there."""
    image = np.full((40, 256), 255, np.uint8)
    corners = [(x, y) for x in (0, 60, 125, 190, 251) for y in (0, 35)]
    for x, y in corners:
        image[y : y + 5, x : x + 5] = 0
    chosen = params.model_dump()
    for other in DISTORTIONS:
        chosen[other]["probability"] = float(other in GEOMETRIC if name == "all" else other == name)
        chosen[other]["magnitude"] *= factor
    chosen = AugmentParams.model_validate(chosen)
    for seed in range(15):
        ink = (augment(image, rng(seed), chosen) < 220).astype(np.uint8)
        # Joined over a pixel: twice the usual distortions can tear a dot.
        count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(ink, np.ones((3, 3), np.uint8)))
        assert count - 1 == len(corners)
        assert stats[1:, cv2.CC_STAT_AREA].min() >= 12
