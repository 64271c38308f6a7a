"""`decode`: from the network's output to texts. The trained model carries these settings with it."""

from __future__ import annotations

from typing import Literal

from inkpipe.section import Section


class DecodeParams(Section):
    """`decode`: the decoder.

    Attributes:
        method: `greedy` takes the likeliest class of each frame.
    """

    method: Literal["greedy"]
