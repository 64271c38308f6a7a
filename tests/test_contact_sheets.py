from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkpipe.augment import AUGMENTATIONS
from inkpipe.contact_sheets import (
    FAULTS,
    PLAIN,
    SIDE_BY_SIDE,
    Labelled,
    augmentation,
    beside,
    preprocessing,
    render_sheets,
)
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.imaging import OPTIONS, prepare
from inkpipe.params import Params, load_params
from inkpipe.sheets import GAP


@pytest.fixture(scope="module")
def params() -> Params:
    return load_params(Path(__file__).parents[1] / "params.yaml")


def written(text: str, height: int = 40) -> np.ndarray:
    image = np.full((height, 300), 255, np.uint8)
    cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2, cv2.LINE_AA)
    return image


SAMPLES = [Labelled(text, written(text)) for text in ("ANNA", "LEROY", "ZOE")]


def encoded(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def starts(picture: np.ndarray, axis: int) -> list[int]:
    """Where white cards begin, down (0) or across (1)."""
    white = (picture == 255).all(axis=2).any(axis=1 - axis)
    return (np.flatnonzero(np.diff(white.astype(int)) == 1) + 1).tolist()


def cards(picture: np.ndarray) -> tuple[int, int]:
    """Rows and columns of white cards."""
    return len(starts(picture, 0)), len(starts(picture, 1))


def image_at(picture: np.ndarray, row: int, column: int, shape: tuple[int, ...]) -> np.ndarray:
    top, left = starts(picture, 0)[row] + GAP, starts(picture, 1)[column] + GAP
    return picture[top : top + shape[0], left : left + shape[1], 0]


def holds(picture: np.ndarray, image: np.ndarray) -> bool:
    """Whether a sheet shows an image, to the pixel."""
    found = cv2.matchTemplate(np.ascontiguousarray(picture[..., 0]), image, cv2.TM_SQDIFF)
    top, left = np.unravel_index(found.argmin(), found.shape)
    return np.array_equal(picture[top : top + image.shape[0], left : left + image.shape[1], 0], image)


def test_every_distortion_is_shown_untouched_and_at_three_strengths(params: Params) -> None:
    assert cards(augmentation(SAMPLES, params)) == (len(AUGMENTATIONS), 4)


def test_every_option_of_preprocessing_is_shown_before_and_after_on_two_images(params: Params) -> None:
    assert cards(preprocessing(SAMPLES, params)) == (len(OPTIONS), 4)


def test_what_options_are_compared_with_has_all_of_them_off() -> None:
    switched = {name for settings in OPTIONS.values() for name in settings}
    assert switched == set(PLAIN)
    assert all(settings[name] != PLAIN[name] for settings in OPTIONS.values() for name in settings)


def test_synthetic_and_real_images_stand_beside_each_other() -> None:
    assert cards(beside(SAMPLES * 4, SAMPLES * 4)) == (6, 4)
    assert cards(beside(SAMPLES * 4, [])) == (3, 4)
    assert cards(beside(SAMPLES, SAMPLES[:1])) == (1, 3)


def test_each_option_shows_the_images_that_it_changes_most(params: Params) -> None:
    plain = params.preprocess.model_copy(update=PLAIN)
    pale = 128 + written("PALE") // 2  # stretching the contrast changes this one most
    picture = preprocessing([*SAMPLES, Labelled("PALE", pale)], params)
    assert holds(picture, prepare(pale, plain))
    assert holds(picture, prepare(pale, plain.model_copy(update={"contrast": "stretch"})))


def test_a_fault_is_put_in_where_an_option_mends_one(params: Params) -> None:
    plain = params.preprocess.model_copy(update=PLAIN)
    picture = preprocessing(SAMPLES[:1], params)
    assert set(FAULTS) == {"denoise", "contrast", "deskew", "deslant"}
    for fault in FAULTS.values():
        assert holds(picture, prepare(fault.put(SAMPLES[0].image), plain))


def test_of_a_distortion_the_strongest_draw_is_shown(params: Params) -> None:
    picture, row = augmentation(SAMPLES, params), AUGMENTATIONS.index("contrast")
    image = prepare(SAMPLES[row % len(SAMPLES)].image, params.preprocess)
    shown = [image_at(picture, row, column, image.shape) for column in range(4)]
    assert np.array_equal(shown[0], image)
    darkest = [int(each.min()) for each in shown]
    assert darkest[0] == 0
    assert 0.4 * 255 < darkest[3] <= 0.6 * 255  # of sixteen draws up to 0.6 one takes most of that
    assert darkest == sorted(darkest)


@pytest.mark.parametrize(("preset", "features"), [("paper", "auto"), ("bilstm", "hog"), ("bilstm", "spline")])
def test_every_preset_and_kind_of_features_has_sheets(
    preset: str, features: str, make_params: Callable[..., Params]
) -> None:
    params = make_params(model__preset=preset, preprocess__features=features)
    assert cards(preprocessing(SAMPLES, params)) == (len(OPTIONS), 4)
    assert cards(augmentation(SAMPLES, params)) == (len(AUGMENTATIONS), 4)


def test_render_sheets_gives_the_same_bytes_each_time(params: Params) -> None:
    pngs = render_sheets(params)
    assert list(pngs) == ["images", "preprocessing", "augmentation"]
    assert render_sheets(params) == pngs


def test_render_sheets_shows_given_images_and_passes_over_damaged_ones(params: Params) -> None:
    images = {"a.png": encoded(written("ANNA")), "b.png": b"no image", "c.png": encoded(written("ZOE"))}
    pngs = render_sheets(params, [Sample(name, "LABEL", image) for name, image in images.items()])
    picture = cv2.imdecode(np.frombuffer(pngs["images"], np.uint8), cv2.IMREAD_COLOR)
    assert holds(picture, written("ANNA"))
    assert holds(picture, written("ZOE"))


def test_a_photograph_is_shrunk_to_the_size_of_a_scan(params: Params) -> None:
    photograph = cv2.resize(written("ANNA"), (3000, 400))
    pngs = render_sheets(params, [Sample("a.png", "ANNA", encoded(photograph))])
    picture = cv2.imdecode(np.frombuffer(pngs["images"], np.uint8), cv2.IMREAD_COLOR)
    assert holds(picture, cv2.resize(photograph, (960, 128), interpolation=cv2.INTER_AREA))


def test_render_sheets_takes_no_more_images_than_it_shows(params: Params) -> None:
    images = iter([Sample("a.png", "A", encoded(written("A")))] * (SIDE_BY_SIDE + 1))
    render_sheets(params, images)
    assert len(list(images)) == 1


def test_data_without_a_readable_image_is_refused(params: Params) -> None:
    with pytest.raises(InkpipeError, match="No image can be read"):
        render_sheets(params, [Sample("b.png", "B", b"no image")])
