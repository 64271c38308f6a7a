"""The layout of PAGE XML: page scans with a PAGE file each, as eScriptorium and Transkribus export them."""

from __future__ import annotations

from inkpipe.sources.layouts.transcribed import TranscribedLayout


class PageXmlLayout(TranscribedLayout):
    """See `transcribed`."""

    name = "page"
    expects = "PAGE XML"
