"""`inkpipe read`: recognize the text of images."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from inkpipe.cli.common import open_recognizer
from inkpipe.imaging import UnreadableImage

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import EncodedImage


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print a line for each image, or a JSON list. Images that cannot be read are named on standard error.

    Returns:
        1 if an image could not be read, else 0.
    """
    answers, unreadable = [], 0
    with open_recognizer(arguments.model) as recognizer:
        for path, result in recognizer.recognize_each(_read_files(arguments.images)):
            if isinstance(result, UnreadableImage):
                unreadable += 1
                print(f"inkpipe read: {path}: {result}", file=sys.stderr)
            elif arguments.json:
                answers.append({"image": str(path), "text": result.text, "confidence": round(result.confidence, 6)})
            else:
                print(f"{path}\t{result.text}\t{result.confidence:.3f}", file=out)
    if arguments.json:
        print(json.dumps(answers, indent=2, ensure_ascii=False), file=out)
    return 1 if unreadable else 0


def _read_files(paths: Iterable[Path]) -> Iterator[tuple[Path, EncodedImage]]:
    for path in paths:
        try:
            yield path, path.read_bytes()
        except OSError as error:
            yield path, UnreadableImage(f"{error.strerror}. Give the path of an image file.")
