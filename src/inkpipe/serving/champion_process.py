"""Recognizes images with a registered model, in a process of its own, by the code that was registered with it.

It runs as a script, `champion_process.py PACKAGE`, and imports nothing of the inkpipe around it: MLflow finds the
package's own code.

- Standard input brings batches of images: a line with their sizes in bytes as a JSON list, then their bytes.
- Standard output gets a line for each batch: a JSON list with `[text, confidence]` for each image, or with the reason,
  a string, if the image is unreadable.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

BLANK = b"P5 256 32 255\n" + b"\xff" * 256 * 32  # a white image, PGM: every model recognizes it, if only as empty


def main() -> None:
    """Load the model of the package, and answer batches until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries that print must not write between the answers
    answer_batches(mlflow.pyfunc.load_model(sys.argv[1]), sys.stdin.buffer, answers)


def answer_batches(model: Any, batches: IO[bytes], answers: IO[str]) -> None:
    """Answer batches of images until their stream ends.

    Args:
        model: with MLflow's `predict`.
        batches: the stream of standard input, see the docstring of this module.
        answers: the stream of standard output.
    """
    for line in iter(batches.readline, b""):
        images = [batches.read(size) for size in json.loads(line)]
        print(json.dumps(recognize(model, images)), file=answers, flush=True)


def recognize(model: Any, images: list[bytes]) -> list[tuple[str, float] | str]:
    """Recognize a batch. A `predict` of earlier versions refuses one with an unreadable image; each is then sent alone.

    Args:
        model: with MLflow's `predict`.
        images: encoded images.

    Returns:
        Text and confidence of each image, or the reason why it is unreadable.

    Raises:
        Exception: the registered code fails for any image, for instance since a package is missing.
    """
    try:
        table = model.predict(pd.DataFrame({"image": images}))
    except Exception as error:  # any image may make registered code, which cannot be changed any more, raise anything
        if len(images) > 1:
            return [answer for image in images for answer in recognize(model, [image])]
        if isinstance(error, MlflowException):
            return [error.message.removeprefix("Image 1: ")]
        model.predict(pd.DataFrame({"image": [BLANK]}))  # raises if it is not the image's fault
        reason = f"{type(error).__name__}: {error}".replace("\n", " ")
        return [f"The registered model cannot read the image. Received: {reason}. Save it anew as a gray PNG."]
    errors = table["error"] if "error" in table else [None] * len(table)  # models registered before refuse the batch
    rows = zip(table["text"], table["confidence"], errors, strict=True)
    return [(text, confidence) if pd.isna(error) else error for text, confidence, error in rows]


if __name__ == "__main__":
    main()
