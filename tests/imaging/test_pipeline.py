from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkpipe.imaging import OPTIONS, prepare, prepared_shape
from inkpipe.imaging.ink import bounding_box
from inkpipe.imaging.resize import fit

ODD = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def images():
    shapes = st.tuples(st.integers(1, 90), st.integers(1, 200))
    noise = shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape, elements=st.integers(0, 255)))
    flat = st.builds(np.full, shapes, st.sampled_from([0, 1, 128, 254, 255]), st.just(np.uint8))
    return noise | flat


@pytest.mark.parametrize("option", OPTIONS)
@ODD
@given(image=images())
def test_every_option_takes_any_image(preprocess, option, image):
    params = preprocess.model_copy(update=OPTIONS[option])
    before = image.copy()
    prepared = prepare(image, params)
    assert prepared.shape == prepared_shape(params)
    assert prepared.dtype == np.uint8
    np.testing.assert_array_equal(image, before)


@ODD
@given(image=images())
def test_all_options_together_take_any_image(preprocess, image):
    together = {
        "denoise": "wavelet", "contrast": "illumination", "deskew": "projection", "crop": "line",
        "deslant": "vinciarelli", "core_height": 0.5, "stroke_width": 1.5, "features": "spline",
    }  # fmt: skip
    params = preprocess.model_copy(update=together)
    assert prepare(image, params).shape == prepared_shape(params)


def test_with_everything_off_an_image_is_only_sized(preprocess, write):
    image = write("MARTIN")
    np.testing.assert_array_equal(prepare(image, preprocess), fit(image, 32, 256))


def test_stroke_width_is_that_of_the_sized_image(preprocess):
    image = np.full((64, 512), 255, np.uint8)
    image[28:36, 40:480] = 0
    sized = prepare(image, preprocess.model_copy(update={"stroke_width": 2.0}))
    assert np.sum(255.0 - sized[:, 60:200], axis=0) / 255 == pytest.approx(2.0, abs=0.2)


def test_cropping_to_the_line_makes_the_name_larger(preprocess, write):
    image = write("EVA", height=72, width=388, baseline=50)
    image[:4, 10:300:3] = 0
    plain, cropped = prepare(image, preprocess), prepare(image, preprocess.model_copy(update={"crop": "line"}))
    assert np.ptp(np.flatnonzero((cropped < 128).any(axis=1))) > 1.5 * np.ptp(
        np.flatnonzero((plain[6:] < 128).any(axis=1))
    )


def test_a_photograph_is_prepared_like_a_scan(preprocess, write):
    scan = write("MARTIN DUBOIS")
    photograph = np.kron(scan, np.ones((12, 12), np.uint8))
    for option in ("crop: line", "deskew: projection", "core_height: 0.5"):
        params = preprocess.model_copy(update=OPTIONS[option])
        boxes = [bounding_box(prepare(image, params)) for image in (photograph, scan)]
        np.testing.assert_allclose(*boxes, atol=6)
