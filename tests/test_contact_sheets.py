from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inkpipe.augment import AUGMENTATIONS
from inkpipe.contact_sheets import PLAIN, Labelled, augmentation, beside, preprocessing, render_sheets
from inkpipe.errors import InkpipeError
from inkpipe.imaging.pipeline import OPTIONS
from inkpipe.params import Params, load_params


@pytest.fixture(scope="module")
def params() -> Params:
    return load_params(Path(__file__).parents[1] / "params.yaml")


def written(text: str, height: int = 40) -> np.ndarray:
    image = np.full((height, 300), 255, np.uint8)
    cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2, cv2.LINE_AA)
    return image


SAMPLES = [Labelled(text, written(text)) for text in ("ANNA", "LEROY", "ZOE")]


def folder_of(path: Path, images: dict[str, bytes]) -> Path:
    path.mkdir()
    rows = [f"{name},LABEL,train" for name in images]
    (path / "labels.csv").write_text("\n".join(["filename,label,split", *rows]) + "\n")
    for name, content in images.items():
        (path / name).write_bytes(content)
    return path


def encoded(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def cards(picture: np.ndarray) -> tuple[int, int]:
    """Rows and columns of white cards."""
    white = (picture == 255).all(axis=2)
    down, across = white.any(axis=1), white.any(axis=0)
    return int((np.diff(down.astype(int)) == 1).sum()), int((np.diff(across.astype(int)) == 1).sum())


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


def test_render_sheets_writes_the_same_bytes_each_time(params: Params, tmp_path: Path) -> None:
    paths = render_sheets(params, tmp_path / "one", None, "train")
    assert [path.name for path in paths] == ["images.png", "preprocessing.png", "augmentation.png"]
    for path, again in zip(paths, render_sheets(params, tmp_path / "other", None, "train"), strict=True):
        assert path.read_bytes() == again.read_bytes()


def test_render_sheets_shows_given_images_and_passes_over_damaged_ones(params: Params, tmp_path: Path) -> None:
    images = {"a.png": encoded(written("ANNA")), "b.png": b"no image", "c.png": encoded(written("ZOE"))}
    paths = render_sheets(params, tmp_path / "out", folder_of(tmp_path / "data", images), "train")
    picture = cv2.imread(str(paths[0]), cv2.IMREAD_GRAYSCALE)
    for text in ("ANNA", "ZOE"):
        found = cv2.matchTemplate(picture, written(text), cv2.TM_SQDIFF)
        assert found.min() == pytest.approx(0, abs=1e4)  # of 12,000 pixels


def test_data_without_a_readable_image_is_refused(params: Params, tmp_path: Path) -> None:
    data = folder_of(tmp_path / "data", {"b.png": b"no image"})
    with pytest.raises(InkpipeError, match="No image can be read in the train split"):
        render_sheets(params, tmp_path / "out", data, "train")
    assert not (tmp_path / "out").exists()
