from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkpipe.augment import AUGMENTATIONS, GEOMETRY, alone, augment
from inkpipe.errors import InkpipeError
from inkpipe.params import parse_params
from inkpipe.params.augment import MAX_STRENGTH, AugmentParams

PROJECT = Path(__file__).parents[2]
ANY = settings(max_examples=25, deadline=None)
FACTORS = {"half": 0.5, "default": 1.0, "double": 2.0}


def params() -> AugmentParams:
    """Every distortion at a strength of its own, whatever params.yaml says today."""
    strengths = {
        "rotation": 1.5, "scaling": 0.1, "translation": 4.0, "slant": 8.0, "elastic": 1.5, "jitter": 0.6, "speed": 0.2,
        "pressure": 0.5, "breaks": 2.0, "merges": 3.0, "erasing": 4.0, "furniture": 5.0, "specks": 5.0, "blur": 0.7,
        "contrast": 0.3, "jpeg": 40.0,
    }  # fmt: skip
    return AugmentParams.model_validate(
        {"enabled": True, **{name: {"probability": 0.5, "strength": value} for name, value in strengths.items()}}
    )


def written(text: str = "MARTIN", height: int = 32, width: int = 256) -> np.ndarray:
    image = np.full((height, width), 255, np.uint8)
    return cv2.putText(image, text, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng([0, *seed])


def test_every_distortion_has_params_and_a_limit():
    assert [name for name in AugmentParams.model_fields if name != "enabled"] == list(AUGMENTATIONS)
    assert list(MAX_STRENGTH) == list(AUGMENTATIONS)


@ANY
@given(
    image=st.tuples(st.integers(8, 60), st.integers(16, 90)).flatmap(
        lambda shape: hnp.arrays(np.uint8, shape, elements=st.integers(0, 255))
    )
    | st.builds(
        np.full, st.tuples(st.integers(8, 60), st.integers(16, 90)), st.sampled_from([0, 255]), st.just(np.uint8)
    ),
    name=st.sampled_from(AUGMENTATIONS),
    seed=st.integers(0, 1000),
)
def test_any_image_keeps_its_shape_and_is_not_touched(image, name, seed):
    before = image.copy()
    for chosen in (params(), alone(name, params())):
        distorted = augment(image, rng(seed), chosen)
        assert distorted.shape == image.shape
        assert distorted.dtype == np.uint8
        assert not np.shares_memory(distorted, image)
    np.testing.assert_array_equal(image, before)


def test_same_generator_same_image():
    for seed in range(20):
        np.testing.assert_array_equal(augment(written(), rng(seed), params()), augment(written(), rng(seed), params()))
    different = {augment(written(), rng(seed), params()).tobytes() for seed in range(20)}
    assert len(different) == 20


def test_probability_zero_leaves_the_image_alone():
    off = alone("blur", params()).model_copy(update={"blur": params().blur.model_copy(update={"probability": 0.0})})
    np.testing.assert_array_equal(augment(written(), rng(1), off), written())


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_alone_changes_most_images_and_more_with_more_strength(name):
    changes = []
    for factor in FACTORS.values():
        pixels = [augment(written(), rng(seed), alone(name, params(), factor)).astype(int) for seed in range(40)]
        changes.append([np.abs(image - written()).sum() for image in pixels])
    assert np.mean(changes[0]) < np.mean(changes[2])
    assert np.count_nonzero(changes[1]) > (16 if name in {"merges", "furniture"} else 36)


@pytest.mark.parametrize("factor", FACTORS.values(), ids=FACTORS)
@pytest.mark.parametrize("name", [*GEOMETRY, "all"])
def test_no_ink_leaves_the_canvas(name, factor):
    """Dots in the corners and along the borders must all still be there."""
    image = np.full((40, 256), 255, np.uint8)
    corners = [(x, y) for x in (0, 60, 125, 190, 251) for y in (0, 35)]
    for x, y in corners:
        image[y : y + 5, x : x + 5] = 0
    chosen = params().model_dump()
    for other in AUGMENTATIONS:
        chosen[other]["probability"] = float(other in GEOMETRY if name == "all" else other == name)
        chosen[other]["strength"] *= factor
    chosen = AugmentParams.model_validate(chosen)
    for seed in range(15):
        count, _, stats, _ = cv2.connectedComponentsWithStats(
            (augment(image, rng(seed), chosen) < 220).astype(np.uint8)
        )
        assert count - 1 == len(corners)
        assert stats[1:, cv2.CC_STAT_AREA].min() >= 6


def test_text_stays_readable():
    """A template of each letter still fits best where the letter stands, within 8 px."""
    image = written("A B C D E", width=256)
    for seed in range(25):
        distorted = augment(image, rng(seed), alone("elastic", params()))
        fit = cv2.matchTemplate(
            cv2.copyMakeBorder(distorted, 8, 8, 8, 8, cv2.BORDER_REPLICATE), image, cv2.TM_CCOEFF_NORMED
        )
        assert fit.max() > 0.5


@pytest.mark.parametrize("name", ["furniture"])
def test_furniture_touches_no_letter(name):
    for seed in range(60):
        distorted = augment(written(), rng(seed), alone(name, params(), 2.0))
        ys, xs = np.nonzero(written() < 200)
        box = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        np.testing.assert_array_equal(distorted[box], written()[box])


def test_pressure_keeps_thin_strokes():
    for seed in range(30):
        distorted = augment(written(), rng(seed), alone("pressure", params(), 2.0))
        count = [cv2.connectedComponents((image < 200).astype(np.uint8))[0] for image in (written(), distorted)]
        assert count[1] <= count[0] + 1


def test_params_name_what_is_too_strong():
    content = params().model_dump()
    content["slant"]["strength"] = 80.0
    with pytest.raises(ValueError, match=r"augment\.slant\.strength: at most 30.*80"):
        AugmentParams.model_validate(content)


def test_params_yaml_is_held_to_the_limits():
    content = yaml.safe_load((PROJECT / "params.yaml").read_text())
    assert parse_params(content).augment.rotation.strength <= MAX_STRENGTH["rotation"]
    content["augment"]["jpeg"]["strength"] = 99.0
    with pytest.raises(InkpipeError, match=r"augment\.jpeg\.strength: at most 95"):
        parse_params(content)
