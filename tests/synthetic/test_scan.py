from __future__ import annotations

import cv2
import numpy as np

from inkpipe.synthetic.pen import SCALE, blank_canvas
from inkpipe.synthetic.scan import encode_jpeg, scan


def test_an_empty_canvas_is_white(synthetic_params, rng):
    image = scan(blank_canvas(30, 50), rng, synthetic_params.scan)
    assert image.shape == (30, 50)
    assert image.dtype == np.uint8
    assert image.min() >= 253


def test_solid_ink_is_black_and_keeps_its_width(synthetic_params, rng):
    canvas = blank_canvas(30, 50)
    canvas[:, 20 * SCALE : 26 * SCALE] = 255
    image = scan(canvas, rng, synthetic_params.scan)
    assert image[:, 23].max() <= 5
    assert 5 <= (255 - image[15].astype(float)).sum() / 255 <= 7


def test_a_hard_threshold_leaves_two_levels_inside_and_outside(synthetic_params, rng):
    params = synthetic_params.scan.model_copy(
        update={
            "threshold_softness": (0.0, 0.0),
            "sharpening": (0.0, 0.0),
            "background_noise": (0.0, 0.0),
            "edge_noise": (0.0, 0.0),
        }
    )
    canvas = blank_canvas(30, 50)
    canvas[:, 20 * SCALE : 26 * SCALE] = 255
    image = scan(canvas, rng, params)
    assert ((image == 0) | (image == 255)).mean() > 0.95


def test_the_file_is_a_gray_jpeg(synthetic_params, rng):
    image = scan(blank_canvas(30, 50), rng, synthetic_params.scan)
    data = encode_jpeg(image, rng, synthetic_params.scan)
    assert data[:3] == b"\xff\xd8\xff"
    assert np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)).shape == (30, 50)
