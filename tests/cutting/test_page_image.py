import io

import numpy as np
import pytest
from PIL import Image

from inkpipe.cutting import page_image, page_size
from inkpipe.imaging import UnreadableImage, decode


def encoded(size=(40, 30), **options):
    stream = io.BytesIO()
    Image.fromarray(np.zeros(size[::-1], np.uint8)).save(stream, **options)
    return stream.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[page_image.ORIENTATION] = orientation
    return encoded(format="JPEG", exif=exif)


@pytest.mark.parametrize(
    "data", [encoded(format="PNG"), encoded(format="TIFF"), *(turned(value) for value in range(1, 9))]
)
def test_the_size_is_that_of_the_decoded_image(data):
    width, height = page_size(io.BytesIO(data))
    assert decode(data).shape == (height, width)


@pytest.mark.parametrize("data", [b"", b"no image", encoded(format="PNG")[:20]])
def test_what_is_no_image_is_told(data):
    with pytest.raises(UnreadableImage, match="Not an image"):
        page_size(io.BytesIO(data))


def test_too_many_pixels_are_told(monkeypatch):
    monkeypatch.setattr(page_image, "MAX_PIXELS", 1000)
    with pytest.raises(UnreadableImage, match="Received: 40 x 30, more than 1000 pixels"):
        page_size(io.BytesIO(encoded(format="PNG")))
