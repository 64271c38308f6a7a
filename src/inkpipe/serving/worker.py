"""Reads images with a registered reader in a process of its own, by the code that was registered with it.

Run as a script, `worker.py MODEL_FOLDER`, so that nothing of the inkpipe around it is imported: MLflow finds the
model's own. Standard input brings batches, each a line with its images' sizes as a JSON list and then their bytes;
standard output gets a line for each batch, a JSON list with `[text, confidence]` or the reason, a string, for each.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException


def main() -> None:
    """Answer batches until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    model = mlflow.pyfunc.load_model(sys.argv[1])
    for line in iter(sys.stdin.buffer.readline, b""):
        images = [sys.stdin.buffer.read(size) for size in json.loads(line)]
        print(json.dumps(_read(model, images)), file=answers, flush=True)


def _read(model: Any, images: list[bytes]) -> list[Any]:
    try:
        reads = model.predict(pd.DataFrame({"image": images}))
    except MlflowException as error:
        if len(images) == 1:
            return [error.message.removeprefix("Image 1: ")]
        return [answer for image in images for answer in _read(model, [image])]
    return list(zip(reads["text"], reads["confidence"], strict=True))


if __name__ == "__main__":
    main()
