"""Images as base64 text, as they travel in JSON."""

from __future__ import annotations

import base64
import binascii

from inkpipe.imaging import UnreadableImage
from inkpipe.serving.recognizer import EncodedImage


def decode_base64(text: str) -> EncodedImage:
    """Decode base64 text, in which white space may stand.

    Args:
        text: of an image file.

    Returns:
        The bytes of the file, or why there are none.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        return UnreadableImage(f"Not base64 text. Received: {text[:40]!r}, {error}. Encode the image file.")
