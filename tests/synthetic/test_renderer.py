from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.synthetic.renderer import Renderer, centers_by_gaps, centers_in_cells


def _image(data):
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def test_letters_in_cells_have_the_width_of_the_cells_between_them(rng):
    centers = centers_in_cells(rng, 6, 15.0, 17.7, 0.0)
    assert centers.tolist() == pytest.approx([15 + 17.7 * i for i in range(6)], abs=1e-3)


def test_letters_with_gaps_do_not_overlap(rng):
    widths = np.array([10, 4, 0, 12], np.float32)
    centers = centers_by_gaps(rng, widths, 3.0, 20.0)
    assert centers[0] == pytest.approx(25)
    assert np.all(np.diff(centers) > (widths[1:] + widths[:-1]) / 2)


def test_images_have_the_sizes_of_real_ones_and_ink(synthetic_params):
    renderer = Renderer(synthetic_params)
    for index in range(60):
        label, data = renderer.render((3, 0, index))
        image = _image(data)
        assert image.ndim == 2
        assert 14 <= image.shape[0] <= 72
        assert 278 <= image.shape[1] <= 388
        assert 0.003 < (image < 128).mean() < 0.3, label
        assert np.median(image) >= 250


def test_the_seed_decides_everything(synthetic_params):
    first, second = Renderer(synthetic_params), Renderer(synthetic_params)
    assert first.render((3, 0, 7)) == second.render((3, 0, 7))
    assert len({first.render((3, split, 7))[1] for split in range(3)} | {first.render((4, 0, 7))[1]}) == 4


@pytest.mark.parametrize(("upper", "row"), [(0.0, -1), (1.0, 0)])
def test_the_border_cuts_off_the_name(synthetic_params, monkeypatch, upper, row):
    """Half of the capitals of each name is lost: letters without ink there, such as L from below, are rare."""
    monkeypatch.setattr("inkpipe.synthetic.renderer.UPPER_CUT", upper)
    update = {"cut_off_probability": 1.0, "cut_off_fraction": (0.5, 0.5), "specks": 0.0, "layouts": {"bare": 1.0}}
    update["neighbor_line_probability"] = 0.0
    form = synthetic_params.form.model_copy(update=update)
    renderer = Renderer(synthetic_params.model_copy(update={"form": form}))
    images = [_image(renderer.render((3, 0, index))[1]) for index in range(20)]
    assert all((image[row] < 128).any() and (image[-1 - row] > 128).all() for image in images)


def test_the_longest_labels_stay_inside_the_image(synthetic_params):
    names = synthetic_params.names.model_copy(
        update={"extra_name_probability": 0.2, "random_letters_probability": 0.0, "invented_probability": 0.0}
    )
    bare = synthetic_params.form.model_copy(
        update={
            "layouts": {"bare": 1.0},
            "specks": 0.0,
            "neighbor_line_probability": 0.0,
            "cut_off_probability": 0.0,
            "ruled_line_probability": 0.0,
            "printed_cells_probability": 0.0,
        }
    )
    renderer = Renderer(synthetic_params.model_copy(update={"names": names, "form": bare}))
    images = [renderer.render((1, 0, index)) for index in range(150)]
    longest = [data for label, data in images if len(label) >= 20]
    assert longest
    assert all((_image(data)[:, -1] > 128).all() for data in longest)
