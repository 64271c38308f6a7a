"""Recognizes images in a process of its own, by the inkpipe that this file is part of, without MLflow or TensorFlow.

It runs as a script, `recognizer_process.py MODEL ALTERNATIVES`: the folder of a model's files with `network.onnx`, and
how many of the likeliest texts a prediction carries, -1 for as many as the model's settings say. A registered model is
run by the copy of this file that was registered with it, so input and output must stay as they are:

- Standard input brings batches of images: a line with their sizes in bytes as a JSON list, then their bytes.
- Standard output gets a line for each batch: a JSON list with the fields of a `Prediction` for each image, or with the
  reason, a string, if the image is unreadable.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import Recognizer


def main() -> None:
    """Load the model, and answer batches until standard input ends."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from inkpipe.serving.recognizer import Recognizer

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries that print must not write between the answers
    folder, alternatives = Path(sys.argv[1]), int(sys.argv[2])
    # one process a core, so one thread each
    recognizer = Recognizer.load(folder, threads=1, alternatives=None if alternatives < 0 else alternatives)
    answer_batches(recognizer, sys.stdin.buffer, answers)


def answer_batches(recognizer: Recognizer, batches: IO[bytes], answers: IO[str]) -> None:
    """Answer batches of images until their stream ends.

    Args:
        recognizer: of the model.
        batches: the stream of standard input, see the docstring of this module.
        answers: the stream of standard output.
    """
    for line in iter(batches.readline, b""):
        images = [batches.read(size) for size in json.loads(line)]
        results = [result for _, result in recognizer.recognize_each(enumerate(images))]
        print(json.dumps([result if isinstance(result, tuple) else str(result) for result in results]), file=answers)
        answers.flush()


if __name__ == "__main__":
    main()
