"""The images that a review holds."""

from __future__ import annotations

from inkpipe.imaging import UnreadableImage, decode
from inkpipe.imaging.opencv import cv2
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


def image_for_browser(database: Database, image: int) -> tuple[bytes, str] | None:
    """An image as browsers show it.

    Only what a model could read is decoded: processes of its own have then decoded it, and it ends this one neither.

    Args:
        database: the review.
        image: its id.

    Returns:
        Its bytes, or those of a PNG, and their media type; what does not decode is left as it is, as no image. None if
        there is no such image.
    """
    content = stored_image(database, image)
    if content is None:
        return None
    known = next((kind for head, kind in SHOWN_BY_BROWSERS.items() if content.startswith(head)), None)
    if known:
        return content, known
    if not database.value("SELECT model IS NOT NULL AND error IS NULL FROM images WHERE id = ?", [image]):
        return content, NO_IMAGE
    try:
        return cv2.imencode(".png", decode(content))[1].tobytes(), PNG
    except UnreadableImage:
        return content, NO_IMAGE
