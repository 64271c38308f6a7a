import numpy as np

from inkpipe.dataset.prepare import PreparedImage
from inkpipe.dataset.text_fits import FitCounts
from inkpipe.imaging import TextFit

PIXELS = np.zeros((32, 256), np.uint8)


def counted(*fits, label="ANNA"):
    counts = FitCounts()
    images = [PreparedImage(f"{i}.jpg", PIXELS, TextFit(*fit)) for i, fit in enumerate(fits)]
    assert list(counts.counted(images, [label] * len(images), width=256, frames=64)) == images
    return counts.lines()


def test_images_that_fit_need_no_word():
    assert counted((1.0, 32, 200), (0.9, 20, 20)) == []


def test_images_that_lost_width_or_height_or_frames_are_counted_and_named():
    lines = counted((0.5, 32, 200), (1.0, 19, 200), (1.0, 32, 19), (0.89, 19, 256))
    assert lines == [
        "2 of 4 images are cut by preprocess.crop, which took more than 10% of the inked width. First: 0.jpg, 3.jpg",
        "2 of 4 images are lower than 20 px after sizing. First: 1.jpg, 3.jpg",
        "1 of 4 images are too narrow: their own frames are fewer than their label needs. First: 2.jpg",
    ]
