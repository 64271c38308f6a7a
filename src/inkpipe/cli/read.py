"""`inkpipe read`: text and confidence of images."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from inkpipe.cli.common import opened
from inkpipe.imaging import UnreadableImage

if TYPE_CHECKING:
    from inkpipe.serving.reader import Encoded


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print a line for each image, or a JSON list; images that cannot be read are named on standard error.

    Returns:
        1 if an image could not be read, else 0.
    """
    reads, bad = [], 0
    with opened(arguments.model) as reader:
        for path, found in reader.read_each(_files(arguments.images)):
            if isinstance(found, UnreadableImage):
                bad += 1
                print(f"inkpipe read: {path}: {found}", file=sys.stderr)
            elif arguments.json:
                reads.append({"image": str(path), "text": found.text, "confidence": round(found.confidence, 6)})
            else:
                print(f"{path}\t{found.text}\t{found.confidence:.3f}", file=out)
    if arguments.json:
        print(json.dumps(reads, indent=2, ensure_ascii=False), file=out)
    return 1 if bad else 0


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, Encoded]]:
    for path in paths:
        try:
            yield path, path.read_bytes()
        except OSError as error:
            yield path, UnreadableImage(f"{error.strerror}. Give the path of an image file.")
