"""The rows of a transcription that is not finished yet, so that it can go on after an interruption.

`NAME.partial` beside the file that is to be written: a line that says what the rows depend on, then a row a line, as
JSON. Only this module reads and writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.files import named_write_errors
from inkpipe.output import decodable
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row


class Journal:
    """The journal of a file.

    Args:
        target: the file to be written.
        settings: content for JSON: all that the rows depend on, besides the images.

    Attributes:
        path: of the journal.
    """

    def __init__(self, target: Path, settings: Mapping[str, Any]) -> None:
        self.path = target.with_name(f"{target.name}.partial")
        self._head = json.dumps(settings, sort_keys=True)

    def begin(self) -> int:
        """Begin anew.

        Returns:
            0: no image has a row yet.

        Raises:
            InkpipeError: an earlier run was interrupted, or the journal cannot be written.
        """
        if self.path.exists():
            raise InkpipeError(
                f"An earlier run was interrupted after {sum(1 for _ in self.rows()):,} images. Received: {self.path}. "
                "Add --resume to go on with it, or delete that file to begin anew."
            )
        with named_write_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(f"{self._head}\n", encoding="utf-8")
        return 0

    def resume(self, images: Iterable[ImageFile]) -> int:
        """Go on with an earlier run, or begin if there is none. A line that was cut off is dropped.

        Args:
            images: all images of the run.

        Returns:
            How many of them have a row already.

        Raises:
            InkpipeError: the earlier run was of other images or settings, or the journal cannot be written.
        """
        if not self.path.exists():
            return self.begin()
        with named_write_errors(self.path), self.path.open("r+b") as stream:
            complete = (line for line in stream if line.endswith(b"\n"))
            head = next(complete, None)
            if head and head.decode().rstrip("\n") != self._head:
                raise self._other("another model, or another --top")
            head = head or f"{self._head}\n".encode()
            done, end = 0, len(head)
            for image, line in zip(images, complete, strict=False):
                self._require_same(done + 1, json.loads(line)["image"], image)
                done, end = done + 1, end + len(line)
            if next(complete, None):
                raise self._other(f"more than the {done:,} images of now")
            stream.seek(0)
            stream.write(head)
            stream.truncate(end)
        return done

    def append(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Add rows to the journal as they pass by.

        Args:
            rows: of the next images.

        Yields:
            The rows.

        Raises:
            InkpipeError: the journal cannot be written.
        """
        with named_write_errors(self.path):
            stream = self.path.open("a", encoding="utf-8")
        with stream:
            for row in rows:
                with named_write_errors(self.path):
                    stream.write(json.dumps(row.to_json()) + "\n")
                    stream.flush()
                yield row

    def rows(self) -> Iterator[Row]:
        """All rows so far."""
        with self.path.open(encoding="utf-8") as lines:
            next(lines, None)  # none if the run was killed before it wrote any
            for line in lines:
                if line.endswith("\n"):
                    yield Row.from_json(json.loads(line))

    def paired(self, images: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, Row]]:
        """The images with their rows. Folders may have changed since the rows were made.

        Args:
            images: all images of the run, listed anew.

        Raises:
            InkpipeError: they are not those of the rows.
        """
        rows, count = self.rows(), 0
        for count, image in enumerate(images, 1):
            row = next(rows, None)
            if row is None:
                raise self._other(f"fewer than the images of now, of which {decodable(image.name)} is image {count}")
            self._require_same(count, row.image, image)
            yield image, row
        if next(rows, None):
            raise self._other(f"more than the {count:,} images of now")

    def remove(self) -> None:
        """Remove it: its rows are where they belong."""
        self.path.unlink()

    def _require_same(self, number: int, name: str, image: ImageFile) -> None:
        if name != decodable(image.name):
            raise self._other(f"{name} as image {number}, which now is {decodable(image.name)}")

    def _other(self, received: str) -> InkpipeError:
        return InkpipeError(
            f"The interrupted run does not go with this one. Received: {self.path} with {received}. "
            "Give the same images, model and --top, or delete that file to begin anew."
        )
