"""The interface of a layout: how labels and images lie in a folder."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple, Protocol

from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry

MAX_NAMES = 5  # names in a message


class LabelRow(NamedTuple):
    """A label and the image that it belongs to.

    Attributes:
        image: the key of the image file; the row joins the file for which `Layout.image` gives the same key.
        filename: the name of the sample.
        label: the text; None if the source gives none.
        split: `train`, `validation` or `test`; None if the layout gives none, and the name's hash decides.
        line: the line in the label file, from 1; None if there is no such line.
    """

    image: str
    filename: str
    label: str | None
    split: str | None
    line: int | None = None


class ImageKey(NamedTuple):
    """How a layout places a file.

    Attributes:
        key: joins the file to the `LabelRow` with the same `image`.
        split: the split that the file's place names; None if it names none.
    """

    key: str
    split: str | None = None


class Layout(Protocol):
    """Labeled images in one arrangement of files.

    Attributes:
        name: stands in source.json.
        expects: the name of its label file, for messages.
        content: the content of its label file, for messages.
    """

    name: ClassVar[str]
    expects: ClassVar[str]
    content: ClassVar[str]

    @property
    def label_files(self) -> Sequence[Entry]:
        """The layout's label files among the entries."""
        ...

    @classmethod
    def find(cls, entries: Sequence[Entry]) -> Layout | None:
        """Find the layout by the names of the files.

        Args:
            entries: all files of the data, without those that operating systems leave.

        Returns:
            The layout, or None if the data is in another one.

        Raises:
            InkpipeError: several files could hold the same labels.
        """
        ...

    def rows(self, read: Callable[[Entry], bytes]) -> Iterator[LabelRow]:
        """Stream the labels.

        Args:
            read: gives the bytes of a file.

        Raises:
            InkpipeError: a label file is faulty.
        """
        ...

    def image(self, name: str) -> ImageKey | None:
        """The key by which a file joins a label.

        Args:
            name: of any file of the data.

        Returns:
            The key, or None if a file in that place is no image of this layout.
        """
        ...


def normalize_path(name: str) -> str:
    """A path in the form in which names are compared.

    Windows writes backslashes, macOS decomposed accents, and people `./a.jpg`: all of them mean the same file.

    Args:
        name: a path, absolute or relative.

    Returns:
        The path with forward slashes, composed accents (NFC) and no `.` parts.
    """
    return posixpath.normpath(unicodedata.normalize("NFC", name.replace("\\", "/")))


def ambiguous(label_files: Sequence[Entry], remedy: str) -> InkpipeError:
    """The error for several files that could hold the same labels.

    Args:
        label_files: those files.
        remedy: what to do.
    """
    names = ", ".join(entry.name for entry in label_files[:MAX_NAMES])
    more = ", ..." if len(label_files) > MAX_NAMES else ""
    return InkpipeError(f"More than one file could hold the labels. Received: {names}{more}. {remedy}")
