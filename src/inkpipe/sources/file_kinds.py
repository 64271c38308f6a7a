"""What a file is, by its name: an image, a note about the data, or something that an operating system leaves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from inkpipe.sources.join import UnlabeledFile
from inkpipe.sources.listing import FILE_WITHOUT_LABEL, IMAGE_WITHOUT_LABEL, ListedFile, Listing

EXTENSION = r"(?:jpe?g|jpe|jfif|jp2|png|bmp|dib|tiff?|webp|gif|hei[cf]|avif|p[bgpn]m)"
IMAGE = re.compile(rf".+\.{EXTENSION}", re.IGNORECASE)
# Files that operating systems leave in folders and archives. They hold no labels and need none.
LITTER = re.compile(r"(?:.*/)?(?:\.[^/].*|__MACOSX/.*|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
# Files that people write about their data. They need no label.
NOTES = re.compile(r"(?:.*/)?(?:README|LICEN[CS]E|[^/]+\.(?:txt|md|rst))", re.IGNORECASE)


def is_image(name: str) -> bool:
    """Whether a file is an image."""
    return bool(IMAGE.fullmatch(name))


def is_litter(name: str) -> bool:
    """Whether an operating system left the file."""
    return bool(LITTER.fullmatch(name))


def needs_no_label(name: str) -> bool:
    """Whether a file is litter, or a note about the data."""
    return is_litter(name) or bool(NOTES.fullmatch(name))


def is_untranscribed(name: str) -> bool:
    """Whether a file that no label names is an image that waits for its text."""
    return is_image(name) and not is_litter(name)


def list_unlabeled(files: Iterable[UnlabeledFile], label_files: Collection[str], skipped: Listing) -> None:
    """List the files that no label names: images, which are not transcribed yet, and others.

    Args:
        files: without a label.
        label_files: the names of the files that hold labels; they need none.
        skipped: gets them, without notes and litter.
    """
    for entry, split in files:
        if entry.name in label_files or needs_no_label(entry.name):
            continue
        reason = IMAGE_WITHOUT_LABEL if is_image(entry.name) else FILE_WITHOUT_LABEL
        skipped.add(ListedFile(split, entry.name, reason))
