"""The images that a review holds."""

from __future__ import annotations

from inkpipe.imaging import UnreadableImage, decode
from inkpipe.opencv import cv2
from inkpipe.review.database import Database

PNG, NO_IMAGE = "image/png", "application/octet-stream"
# How files begin that every browser shows. All others are shown as PNG.
SHOWN_BY_BROWSERS = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
SUFFIXES = {PNG: ".png", "image/jpeg": ".jpg", "image/gif": ".gif", NO_IMAGE: ".bin"}


def stored_image(database: Database, image: int) -> bytes | None:
    """The encoded bytes of an image as they were taken in; None if there is no such image.

    Args:
        database: the review.
        image: its id.
    """
    content = database.value("SELECT content FROM pictures WHERE image = ?", [image])
    return None if content is None else bytes(content)


def for_browser(content: bytes) -> tuple[bytes, str]:
    """An image as browsers show it.

    Args:
        content: an encoded image of any kind.

    Returns:
        Its bytes, or those of a PNG, and their media type. What does not decode is left as it is, as no image.
    """
    known = next((kind for head, kind in SHOWN_BY_BROWSERS.items() if content.startswith(head)), None)
    if known:
        return content, known
    try:
        return cv2.imencode(".png", decode(content))[1].tobytes(), PNG
    except UnreadableImage:
        return content, NO_IMAGE
