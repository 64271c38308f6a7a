"""The layout of line images with a text file each, as kraken, Calamari, tesstrain and OCR-D have it.

    0001.png       or .bin.png, .nrm.png and the like, of which the plain one counts
    0001.gt.txt    its text

Where there is neither such a text nor any XML, the texts may be called 0001.txt: beside XML these are those of pages.

Folders that are called as splits (`train`, `val`, `test`) are splits; else all images are split by hash.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import is_image
from inkpipe.sources.image_index import normalize_path
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import decode_text
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.listing import Listing
from inkpipe.sources.splitting import split_of_path

TEXT_FILE = re.compile(r"(.+)\.gt\.txt", re.IGNORECASE)
SHORT_TEXT_FILE = re.compile(r"(.+)\.txt", re.IGNORECASE)
VARIANT = re.compile(r"(.+)\.(?:bin|nrm|raw|dew|despeckled|gray|grey)", re.IGNORECASE)


class GtTxtLayout(PairedLayout):
    """See the module.

    Args:
        label_files: the text files.
        images: by the key of a text, the name of the image that counts.
        text_file: matches the names of the text files; its group is what an image is called too.
    """

    name = "gt_txt"
    expects = "NAME.gt.txt or NAME.txt"
    content = "the text of the image NAME.png"
    completes_splits = True

    def __init__(self, label_files: Sequence[Entry], images: dict[str, str], text_file: re.Pattern[str]) -> None:
        super().__init__(label_files)
        self._text_file = text_file
        self._images = images
        self._keys = {name: key for key, name in images.items()}

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> GtTxtLayout | None:
        """See `Layout.find`."""
        images: dict[str, str] = {}
        for entry in sorted(entries, key=lambda each: _rank(each.name)):
            if is_image(entry.name):
                images.setdefault(_key(posixpath.splitext(entry.name)[0]), entry.name)
        if texts := [entry for entry in entries if TEXT_FILE.fullmatch(entry.name)]:
            return cls(texts, images, TEXT_FILE)
        if any(entry.name.lower().endswith(".xml") for entry in entries):
            return None
        named = ((entry, SHORT_TEXT_FILE.fullmatch(entry.name)) for entry in entries)
        texts = [entry for entry, match in named if match and _key(match[1]) in images]
        return cls(texts, images, SHORT_TEXT_FILE) if texts else None

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        for entry in self.label_files:
            match = self._text_file.fullmatch(entry.name)
            key = _key(match[1]) if match else ""
            text = decode_text(files.read(entry), entry.name).strip("\r\n")
            yield LabelRow(key, key, text if text.strip() else None, split_of_path(entry.name))

    def image(self, name: str) -> ImageKey | None:
        """See `PairedLayout.image`."""
        key = self._keys.get(name)
        return None if key is None else ImageKey(key, split_of_path(name))

    def is_variant(self, name: str) -> bool:
        """See `PairedLayout.is_variant`."""
        return is_image(name) and self._images.get(_key(posixpath.splitext(name)[0]), name) != name


def _key(stem: str) -> str:
    match = VARIANT.fullmatch(stem)
    return normalize_path(match[1] if match else stem)


def _rank(name: str) -> tuple[bool, str]:
    """Plain images before their variants."""
    return bool(VARIANT.fullmatch(posixpath.splitext(name)[0])), name
