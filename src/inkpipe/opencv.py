"""OpenCV with this project's settings: `from inkpipe.opencv import cv2`. All other modules import it from here.

Intel's IPP, which OpenCV carries along, has other code for each kind of processor, with other rounding. OpenCV's own
code gives the same pixels on all of them, as fast.
"""

from __future__ import annotations

import cv2

__all__ = ["cv2"]

if hasattr(cv2, "ipp"):  # of x86 alone
    cv2.ipp.setUseIPP(False)
