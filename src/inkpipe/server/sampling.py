"""A sample of the served images, logged for `inkpipe drift`."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from inkpipe.contract.single_image import measure_image
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.inspection.served_images import ServedImage, append_part
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row

logger = logging.getLogger("inkpipe.server")
PART_ROWS = 1000  # of a file of the log at most, as a rule
MAX_AGE = timedelta(minutes=1)  # of a row that is not written yet: a server that is killed loses few others


class SampleLog:
    """Logs a sample of the served images, for several threads.

    Args:
        folder: of the log.
        fraction: of the images that are logged, 0 to 1.
        max_rows: that stay in the log; rounded up to whole files.
    """

    def __init__(self, folder: Path, fraction: float, max_rows: int) -> None:
        self._folder, self._fraction, self._max_rows = folder, fraction, max_rows
        self._rows: list[ServedImage] = []
        self._lock = threading.Lock()

    def add(self, model: str, images: Sequence[ImageFile], rows: Sequence[Row]) -> None:
        """Log some of the images of a request.

        Args:
            model: the version that served.
            images: of the request.
            rows: the answers.
        """
        now = datetime.now(UTC)
        taken = [
            _measured(now, model, image, row)
            for image, row in zip(images, rows, strict=True)
            if random.random() < self._fraction
        ]
        with self._lock:
            self._rows += taken
        self.write_if_due()

    def write_if_due(self) -> None:
        """Write the rows if they are many or old."""
        with self._lock:
            if self._rows and (len(self._rows) >= PART_ROWS or datetime.now(UTC) - self._rows[0].time >= MAX_AGE):
                self._write()

    def close(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            if self._rows:
                self._write()

    def _write(self) -> None:
        try:
            append_part(self._folder, self._rows, self._max_rows)
        except (InkpipeError, OSError) as error:  # the log is not worth an answer
            logger.error("%s rows of the log are lost. %s", len(self._rows), error)  # noqa: TRY400
        self._rows = []


def _measured(now: datetime, model: str, image: ImageFile, row: Row) -> ServedImage:
    content = None if row.error else image.read()  # what could not be read might end this process too
    measured: dict[str, Any] = dict.fromkeys(("width", "height", "ink", "contrast"))
    if isinstance(content, bytes):
        with suppress(UnreadableImage):
            measured = measure_image(content).facts
    length = None if row.error else len(row.text)
    return ServedImage(now, model, **measured, length=length, confidence=row.confidence, violations=len(row.warnings))
