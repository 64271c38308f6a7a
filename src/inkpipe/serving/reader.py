"""The reader: encoded images in, text and confidence out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.model.artifacts import ReaderParts, load_reader
from inkpipe.vocabulary import Vocabulary

BATCH = 128  # images that are in memory at once

Key = TypeVar("Key")
Picture = NDArray[np.uint8]
Encoded = bytes | UnreadableImage  # the bytes of an image file, or why there are none
Image = Encoded | Picture


class Read(NamedTuple):
    """What a reader reads in an image, and the probability that it gives that text, 0 to 1."""

    text: str
    confidence: float


class ReadsEach(Protocol):
    """What reads images: a `Reader`, or a registered one in a process of its own."""

    vocabulary: Vocabulary

    def read_each(self, images: Iterable[tuple[Key, Encoded]]) -> Iterator[tuple[Key, Read | UnreadableImage]]:
        """Read images where some may be bad; see `Reader.read_each`."""
        ...


class Reader:
    """A trained reader with all that it needs to read images as they come.

    Attributes:
        vocabulary: the characters that it knows and how labels are normalised to be compared with its texts.
    """

    def __init__(self, parts: ReaderParts) -> None:
        self._parts = parts
        self.vocabulary = parts.vocabulary

    @classmethod
    def load(cls, folder: Path) -> Reader:
        """Load the reader that the train stage left in `folder`.

        Raises:
            InkpipeError: the folder is not a reader.
        """
        return cls(load_reader(folder))

    def read(self, images: Iterable[bytes]) -> Iterator[Read]:
        """Read encoded images, as a stream in their order.

        Raises:
            UnreadableImage: bytes that are no image; says which one, counted from 1.
        """
        for number, found in self.read_each(enumerate(images, start=1)):
            if isinstance(found, UnreadableImage):
                raise UnreadableImage(f"Image {number}: {found}") from found
            yield found

    def read_each(self, images: Iterable[tuple[Key, Image]]) -> Iterator[tuple[Key, Read | UnreadableImage]]:
        """Read images where some may be bad, as a stream in their order.

        Args:
            images: each with a key that tells it from the others: encoded bytes, grey pixels, uint8 (height, width),
                or the reason why there is nothing to read.

        Yields:
            Each key with what was read, or with the reason why the image cannot be read.
        """
        stream = ((key, self._prepared(image)) for key, image in images)
        while batch := list(islice(stream, BATCH)):
            pictures = [found for _, found in batch if not isinstance(found, UnreadableImage)]
            reads = iter(self._parts.model.read(np.stack(pictures)) if pictures else ())
            for key, found in batch:
                yield key, found if isinstance(found, UnreadableImage) else Read(*next(reads))

    def _prepared(self, image: Image) -> Picture | UnreadableImage:
        if isinstance(image, UnreadableImage):
            return image
        try:
            return prepare(decode(image) if isinstance(image, bytes) else image, self._parts.preprocess)
        except UnreadableImage as error:
            return error
