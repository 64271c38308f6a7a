"""The size of a page's image, from its header alone."""

from __future__ import annotations

from typing import IO

from PIL import Image, UnidentifiedImageError

from inkpipe.imaging.decode import DAMAGE, FORMATS, MAX_PIXELS
from inkpipe.imaging.gray import UnreadableImage

ORIENTATION = 0x0112  # EXIF tag; from 5 on, the stored rows are columns of the picture
TURNED = 5


def page_size(stream: IO[bytes]) -> tuple[int, int]:
    """Width and height in pixels of the image that `inkpipe.imaging.decode` would give.

    Args:
        stream: the encoded image.

    Raises:
        UnreadableImage: it is no image, or has more pixels than `decode` accepts.
    """
    try:
        with Image.open(stream, formats=FORMATS) as image:
            width, height = image.size
            # Pillow would decode a whole PNG to look for an orientation behind its pixels.
            turned = (image.format != "PNG" or "exif" in image.info) and image.getexif().get(ORIENTATION, 1) >= TURNED
    except (UnidentifiedImageError, Image.DecompressionBombError, *DAMAGE) as error:
        raise UnreadableImage(f"Not an image. Received: {error}.") from error
    if width * height > MAX_PIXELS:
        raise UnreadableImage(f"The image is too large. Received: {width} x {height}, more than {MAX_PIXELS} pixels.")
    return (height, width) if turned else (width, height)
