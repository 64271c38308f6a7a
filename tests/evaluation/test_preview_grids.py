import cv2
import numpy as np
import pytest

from inkpipe.augment import DISTORTIONS
from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.grid import GAP
from inkpipe.evaluation.preview_grids import (
    FAULTS,
    IMAGES_OF_A_KIND,
    MAX_WIDTH,
    UNCLEANED,
    LabeledPicture,
    augmentation_preview,
    image_preview,
    preprocessing_preview,
    render_previews,
)
from inkpipe.imaging import OPTIONS, prepare


@pytest.fixture
def params(make_params):
    return make_params()


@pytest.fixture
def render(params):
    """Render previews with the project's params: `render(real)`."""
    return lambda real=None: render_previews(params.synthetic, params.preprocess, params.augment, params.seed, real)


def written(text, height=40):
    image = np.full((height, 300), 255, np.uint8)
    cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2, cv2.LINE_AA)
    return image


SAMPLES = [LabeledPicture(text, written(text)) for text in ("ANNA", "LEROY", "ZOE")]


def encoded(image):
    return cv2.imencode(".png", image)[1].tobytes()


def starts(picture, axis):
    """Where white cards begin, down (0) or across (1)."""
    white = (picture == 255).all(axis=2).any(axis=1 - axis)
    return (np.flatnonzero(np.diff(white.astype(int)) == 1) + 1).tolist()


def cards(picture):
    """Rows and columns of white cards."""
    return len(starts(picture, 0)), len(starts(picture, 1))


def image_at(picture, row, column, shape):
    top, left = starts(picture, 0)[row] + GAP, starts(picture, 1)[column] + GAP
    return picture[top : top + shape[0], left : left + shape[1], 0]


def holds(picture, image):
    """Whether a preview shows an image, to the pixel."""
    distances = cv2.matchTemplate(np.ascontiguousarray(picture[..., 0]), image, cv2.TM_SQDIFF)
    top, left = np.unravel_index(distances.argmin(), distances.shape)
    return np.array_equal(picture[top : top + image.shape[0], left : left + image.shape[1], 0], image)


def test_every_distortion_is_shown_beside_the_undistorted_image_at_three_magnitudes(params):
    picture = augmentation_preview(SAMPLES, params.preprocess, params.augment, params.seed)
    assert cards(picture) == (len(DISTORTIONS), 4)


def test_every_option_of_preprocessing_is_shown_before_and_after_on_two_images(params):
    assert cards(preprocessing_preview(SAMPLES, params.preprocess)) == (len(OPTIONS), 4)


def test_options_are_compared_with_all_of_them_off():
    switched = {name for settings in OPTIONS.values() for name in settings}
    assert switched == set(UNCLEANED)
    assert all(settings[name] != UNCLEANED[name] for settings in OPTIONS.values() for name in settings)


def test_synthetic_and_real_images_stand_beside_each_other():
    assert cards(image_preview(SAMPLES * 4, SAMPLES * 4)) == (6, 4)
    assert cards(image_preview(SAMPLES * 4, [])) == (3, 4)
    assert cards(image_preview(SAMPLES, SAMPLES[:1])) == (1, 3)


def test_each_option_shows_the_images_that_it_changes_most(params):
    uncleaned = params.preprocess.model_copy(update=UNCLEANED)
    pale = 128 + written("PALE") // 2  # stretching the contrast changes this one most
    picture = preprocessing_preview([*SAMPLES, LabeledPicture("PALE", pale)], params.preprocess)
    assert holds(picture, prepare(pale, uncleaned))
    assert holds(picture, prepare(pale, uncleaned.model_copy(update={"contrast": "stretch"})))


def test_a_fault_is_added_for_each_option_that_corrects_one(params):
    uncleaned = params.preprocess.model_copy(update=UNCLEANED)
    picture = preprocessing_preview(SAMPLES[:1], params.preprocess)
    assert set(FAULTS) == {"denoise", "contrast", "deskew", "deslant"}
    for fault in FAULTS.values():
        assert holds(picture, prepare(fault.add(SAMPLES[0].image), uncleaned))


def test_the_strongest_of_several_draws_of_a_distortion_is_shown(params):
    picture = augmentation_preview(SAMPLES, params.preprocess, params.augment, params.seed)
    row = DISTORTIONS.index("contrast")
    image = prepare(SAMPLES[row % len(SAMPLES)].image, params.preprocess)
    images = [image_at(picture, row, column, image.shape) for column in range(4)]
    assert np.array_equal(images[0], image)
    darkest = [int(each.min()) for each in images]
    assert darkest[0] == 0
    assert 0.4 * 255 < darkest[3] <= 0.6 * 255  # of sixteen draws up to 0.6 one takes most of that
    assert darkest == sorted(darkest)


@pytest.mark.parametrize(("preset", "features"), [("paper", "auto"), ("bilstm", "hog"), ("bilstm", "spline")])
def test_every_preset_and_kind_of_features_has_previews(preset, features, make_params):
    params = make_params(model__preset=preset, preprocess__features=features)
    assert cards(preprocessing_preview(SAMPLES, params.preprocess)) == (len(OPTIONS), 4)
    picture = augmentation_preview(SAMPLES, params.preprocess, params.augment, params.seed)
    assert cards(picture) == (len(DISTORTIONS), 4)


def test_render_previews_gives_the_same_bytes_each_time(render):
    pngs = render()
    assert list(pngs) == ["images", "preprocessing", "augmentation"]
    assert render() == pngs


def test_given_images_are_shown_and_damaged_ones_skipped(render):
    images = {"a.png": encoded(written("ANNA")), "b.png": b"no image", "c.png": encoded(written("ZOE"))}
    pngs = render([Sample(name, "LABEL", image) for name, image in images.items()])
    picture = cv2.imdecode(np.frombuffer(pngs["images"], np.uint8), cv2.IMREAD_COLOR)
    assert holds(picture, written("ANNA"))
    assert holds(picture, written("ZOE"))


def test_a_photograph_is_shrunk_to_the_size_of_a_scan(render):
    photograph = cv2.resize(written("ANNA"), (3000, 400))
    pngs = render([Sample("a.png", "ANNA", encoded(photograph))])
    picture = cv2.imdecode(np.frombuffer(pngs["images"], np.uint8), cv2.IMREAD_COLOR)
    scan = cv2.resize(photograph, (960, 128), interpolation=cv2.INTER_AREA)
    assert holds(picture, cv2.resize(scan, (MAX_WIDTH, 85), interpolation=cv2.INTER_AREA))


def test_no_more_images_are_taken_than_are_shown(render):
    images = iter([Sample("a.png", "A", encoded(written("A")))] * (IMAGES_OF_A_KIND + 1))
    render(images)
    assert len(list(images)) == 1


def test_data_without_a_readable_image_is_refused(render):
    with pytest.raises(InkpipeError, match="No image can be decoded"):
        render([Sample("b.png", "B", b"no image")])
