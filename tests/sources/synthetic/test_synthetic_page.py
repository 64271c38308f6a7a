from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic.page import Pages, in_cells, side_by_side


def _image(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def test_letters_in_cells_keep_the_pitch(rng: np.random.Generator) -> None:
    centres = in_cells(rng, 6, 15.0, 17.7, 0.0)
    assert centres.tolist() == pytest.approx([15 + 17.7 * i for i in range(6)], abs=1e-3)


def test_letters_side_by_side_do_not_overlap(rng: np.random.Generator) -> None:
    widths = np.array([10, 4, 0, 12], np.float32)
    centres = side_by_side(rng, widths, 3.0, 20.0)
    assert centres[0] == pytest.approx(25)
    assert np.all(np.diff(centres) > (widths[1:] + widths[:-1]) / 2)


def test_images_have_the_sizes_of_real_ones_and_ink(synthetic_params: SyntheticParams) -> None:
    pages = Pages(synthetic_params)
    for index in range(60):
        label, data = pages.draw((3, 0, index))
        image = _image(data)
        assert image.ndim == 2
        assert 14 <= image.shape[0] <= 72
        assert 278 <= image.shape[1] <= 388
        assert 0.003 < (image < 128).mean() < 0.3, label
        assert np.median(image) >= 250


def test_the_seed_decides_everything(synthetic_params: SyntheticParams) -> None:
    first, second = Pages(synthetic_params), Pages(synthetic_params)
    assert first.draw((3, 0, 7)) == second.draw((3, 0, 7))
    assert len({first.draw((3, split, 7))[1] for split in range(3)} | {first.draw((4, 0, 7))[1]}) == 4


def test_the_longest_labels_stay_on_the_paper(synthetic_params: SyntheticParams) -> None:
    names = synthetic_params.names.model_copy(update={"long_share": 0.2, "random_share": 0.0, "invented_share": 0.0})
    bare = synthetic_params.form.model_copy(
        update={"layouts": {"bare": 1.0}, "specks": 0.0, "neighbour_share": 0.0, "rule_share": 0.0, "box_share": 0.0}
    )
    pages = Pages(synthetic_params.model_copy(update={"names": names, "form": bare}))
    drawn = [pages.draw((1, 0, index)) for index in range(150)]
    longest = [data for label, data in drawn if len(label) >= 20]
    assert longest
    assert all((_image(data)[:, -1] > 128).all() for data in longest)
