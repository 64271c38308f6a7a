"""Find the image of a page that a transcript describes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from inkpipe.sources.entries import Entry
from inkpipe.sources.file_kinds import is_image
from inkpipe.sources.image_index import ImageIndex
from inkpipe.transcripts import Page


class PageImages:
    """The images of the pages of some transcripts.

    Args:
        images: all images of the data.
        transcripts: all transcripts of the data.
    """

    def __init__(self, images: ImageIndex, transcripts: Iterable[Entry]) -> None:
        self._images = images
        self._stems = frozenset(_stem(entry.name) for entry in transcripts)

    def image_of(self, page: Page, transcript: Entry, number: int, pages: int) -> Entry | None:
        """The image of a page: the one that the file names, unless that one has a transcript of its own name.

        Args:
            page: of a transcript.
            transcript: the file that describes it.
            number: the place of the page in that file, from 0.
            pages: how many the file has.

        Returns:
            None if there is none, or if it is not certain which one is meant.
        """
        folder, stem = posixpath.dirname(transcript.name), _stem(transcript.name)
        if pages > 1:  # one file name for several images says nothing
            names = (page.id, *(f"{stem}{sign}{number + 1:0{width}}" for sign in "_-" for width in range(1, 5)))
            return next((found for name in names if name and (found := self._images.with_stem(name, folder))), None)
        named = self._images.named(page.image_name, folder) if page.image_name else None
        own = self._images.named(stem, folder) if is_image(stem) else self._images.with_stem(stem, folder)
        if named is None or (own is not None and own != named and _stem(named.name) in self._stems):
            return own
        return named


def _stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0]
