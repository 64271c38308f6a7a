"""OpenCV's decoders."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2


def decode_with_opencv(data: bytes, mode: int) -> np.ndarray | None:
    """Decode an image with OpenCV.

    Args:
        data: an encoded image.
        mode: one of OpenCV's `IMREAD` flags.

    Returns:
        The pixels; None if OpenCV cannot decode them, or may not, since `OPENCV_IO_MAX_IMAGE_PIXELS` of the user's is
        lower than our limit.
    """
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), mode)
    except cv2.error:
        return None
