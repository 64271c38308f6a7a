"""A model that was found, but is not opened yet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from inkpipe.serving.recognizer import ImageRecognizer


class FoundModel(NamedTuple):
    """A model that can be opened.

    Attributes:
        version: tells it from every other model, for people too, such as `inkpipe version 3`.
        open: opens its recognizer until the block ends; raises InkpipeError if it cannot be opened.
    """

    version: str
    open: Callable[[], AbstractContextManager[ImageRecognizer]]
