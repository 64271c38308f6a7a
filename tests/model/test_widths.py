import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.data.vocabulary import BLANK
from inkpipe.model.widths import logits_by_width, needed_widths, width_step

CLASSES, COLUMNS_PER_FRAME = 5, 4


def canvas(*used, width=256):
    """Images with ink up to a column, which is the last one that is not background."""
    images = np.full((len(used), 32, width), 255, np.uint8)
    for image, columns in zip(images, used, strict=True):
        image[10:20, :columns] = 0
    return images


def run(images):
    """As many equal frames as the columns give: class 1 by the ink of the image, class 2 by the number of columns."""
    count, _, columns = images.shape
    logits = np.zeros((count, columns // COLUMNS_PER_FRAME, CLASSES), np.float32)
    logits[..., 1] = (images == 0).sum(axis=(1, 2))[:, np.newaxis]
    logits[..., 2] = columns
    return logits


@pytest.mark.parametrize(("width", "step"), [(256, 32), (1024, 128), (128, 16), (64, 8), (200, 32), (100, 16), (8, 8)])
def test_a_canvas_can_be_cut_to_about_eight_widths(width, step):
    assert width_step(width) == step


def test_a_text_needs_its_columns_and_some_space():
    assert needed_widths(canvas(0, 1, 24, 25, 120, 121, 216, 217, 250)).tolist() == [
        32,
        32,
        32,
        64,
        128,
        160,
        224,
        256,
        256,
    ]


def test_background_of_any_kind_is_not_needed():
    images = canvas(40)
    images[0, :, 40:] = np.arange(32)[:, np.newaxis]
    assert needed_widths(images).tolist() == [64]
    images[0, 5, 150] += 1
    assert needed_widths(images).tolist() == [160]


@given(st.lists(st.integers(0, 250), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_result_of_an_image_does_not_depend_on_the_others(used, random):
    images = canvas(*used)
    together = logits_by_width(images, run)
    assert together.shape == (len(used), 256 // COLUMNS_PER_FRAME, CLASSES)
    alone = [logits_by_width(image[np.newaxis], run)[0] for image in images]
    np.testing.assert_array_equal(together, alone)
    order = random.sample(range(len(used)), len(used))
    np.testing.assert_array_equal(logits_by_width(images[order], run), together[order])


def test_each_width_is_run_once_and_the_rest_is_certainly_blank():
    seen = []

    def watched(images):
        seen.append(images.shape)
        return run(images)

    logits = logits_by_width(canvas(10, 100, 20, 250), watched)
    assert seen == [(2, 32, 32), (1, 32, 128), (1, 32, 256)]
    assert logits[1, :32, 1:3].tolist() == [[1000.0, 128.0]] * 32
    probabilities = np.exp(logits[1, 32:] - logits[1, 32:].max(axis=1, keepdims=True))
    assert np.array_equal(probabilities, np.tile(np.eye(CLASSES)[BLANK], (32, 1)))
