"""`inkpipe read`: recognize the text of images."""

from __future__ import annotations

import argparse
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from inkpipe.cli.common import open_recognizer, picture_rules
from inkpipe.cli.output import as_json, decodable, printable
from inkpipe.contract.single_image import ImageViolation, image_violations
from inkpipe.imaging import MAX_PIXELS, UnreadableImage
from inkpipe.rules import RowRule

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import EncodedImage

MAX_BYTES = 8 * MAX_PIXELS  # of a file: no image of that many pixels is larger, at four channels of 16 bits
KINDS = ((stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))


class _Source(NamedTuple):
    """The file of an image, and the rules of the contract that the image violates."""

    path: Path
    violations: Sequence[ImageViolation]


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print a line for each image, or a JSON list.

    Images that cannot be read are named on standard error, and images that the contract would quarantine as well: a
    text of theirs is not to be relied on.

    Returns:
        1 if an image could not be read, else 0.
    """
    answers, unreadable = [], 0
    rules = picture_rules()
    with open_recognizer(arguments.model) as recognizer:
        for (path, violations), result in recognizer.recognize_each(_read_files(arguments.images, rules)):
            if isinstance(result, UnreadableImage):
                unreadable += 1
                _complain(path, str(result))
                continue
            for violation in violations:
                _complain(path, f"{violation} {violation.advice}")
            if arguments.json:
                answer: dict[str, Any] = {"image": decodable(path), "text": result.text}
                answer["confidence"] = round(result.confidence, 6)
                answers.append(answer | ({"warnings": list(map(str, violations))} if violations else {}))
            else:
                line = f"{printable(path, out)}\t{printable(result.text, out)}\t{result.confidence:.3f}"
                print(line, file=out)
    if arguments.json:
        print(as_json(answers, out), file=out)
    return 1 if unreadable else 0


def _complain(path: Path, message: str) -> None:
    print(f"inkpipe read: {printable(path, sys.stderr)}: {printable(message, sys.stderr)}", file=sys.stderr)


def _read_files(paths: Iterable[Path], rules: Sequence[RowRule]) -> Iterator[tuple[_Source, EncodedImage]]:
    for path in paths:
        image = _read_file(path)
        yield _Source(path, image_violations(image, rules) if isinstance(image, bytes) else ()), image


def _read_file(path: Path) -> EncodedImage:
    """The bytes of a file; the reason if it has none. Reading a fifo or a device might never end."""
    try:
        status = path.stat()
        for is_kind, kind in KINDS:
            if is_kind(status.st_mode):
                return UnreadableImage(f"Not a file. Received: a {kind}. Give the path of an image file.")
        if status.st_size > MAX_BYTES:
            return UnreadableImage(
                f"The file is too large for an image. Received: {status.st_size:,} bytes, more than {MAX_BYTES:,}. "
                "Give the path of an image file."
            )
        return path.read_bytes()
    except OSError as error:
        return UnreadableImage(f"{error.strerror}. Give the path of an image file.")
