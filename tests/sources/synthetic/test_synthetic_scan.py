from __future__ import annotations

import cv2
import numpy as np

from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic.pen import SCALE, blank
from inkpipe.sources.synthetic.scan import encode, scan


def test_empty_paper_is_white(synthetic_params: SyntheticParams, rng: np.random.Generator) -> None:
    image = scan(blank(30, 50), rng, synthetic_params.scan)
    assert image.shape == (30, 50)
    assert image.dtype == np.uint8
    assert image.min() >= 253


def test_solid_ink_is_black_and_keeps_its_width(synthetic_params: SyntheticParams, rng: np.random.Generator) -> None:
    canvas = blank(30, 50)
    canvas[:, 20 * SCALE : 26 * SCALE] = 255
    image = scan(canvas, rng, synthetic_params.scan)
    assert image[:, 23].max() <= 5
    assert 5 <= (255 - image[15].astype(float)).sum() / 255 <= 7


def test_a_hard_threshold_leaves_two_levels_inside_and_outside(
    synthetic_params: SyntheticParams, rng: np.random.Generator
) -> None:
    params = synthetic_params.scan.model_copy(
        update={"softness": (0.0, 0.0), "sharpening": (0.0, 0.0), "paper_noise": (0.0, 0.0), "grain": (0.0, 0.0)}
    )
    canvas = blank(30, 50)
    canvas[:, 20 * SCALE : 26 * SCALE] = 255
    image = scan(canvas, rng, params)
    assert ((image == 0) | (image == 255)).mean() > 0.95


def test_the_file_is_a_grey_jpeg(synthetic_params: SyntheticParams, rng: np.random.Generator) -> None:
    image = scan(blank(30, 50), rng, synthetic_params.scan)
    data = encode(image, rng, synthetic_params.scan)
    assert data[:3] == b"\xff\xd8\xff"
    assert np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)).shape == (30, 50)
