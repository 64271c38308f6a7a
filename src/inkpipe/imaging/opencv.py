"""OpenCV with this project's settings: `from inkpipe.imaging.opencv import cv2`. All other modules import it from here.

Intel's IPP, which OpenCV carries along, has other code for each kind of processor, with other rounding. OpenCV's own
code gives the same pixels on all of them, as fast.
"""

from __future__ import annotations

import os

import cv2

__all__ = ["cv2"]

IPP = "OPENCV_IPP"  # read when OpenCV first asks whether it may use IPP; for all threads, which `setUseIPP` is not


def _without_ipp() -> None:
    before, level = os.environ.get(IPP), cv2.utils.logging.getLogLevel()
    os.environ[IPP] = "disabled"
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns of what is meant to be
    cv2.ipp.useIPP()
    cv2.utils.logging.setLogLevel(level)
    del os.environ[IPP]
    if before is not None:
        os.environ[IPP] = before


if hasattr(cv2, "ipp"):  # of x86 alone
    _without_ipp()
