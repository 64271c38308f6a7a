"""The layout of ALTO: page scans with an ALTO file each, as eScriptorium and libraries export them."""

from __future__ import annotations

from inkpipe.sources.layouts.transcribed import TranscribedLayout


class AltoLayout(TranscribedLayout):
    """See `transcribed`."""

    name = "alto"
    expects = "ALTO"
