"""Measure `inkpipe read`, from files on disk to text, against Keras' `model.predict` in the same run.

    python benchmarks/reading.py --images FOLDER [--model data/recognizer] [--count 10000]

The model is a folder that the promote stage leaves: it has the network for Keras and as ONNX. Each row of the table is
a program of its own: wall-clock and processor seconds of it and its processes, and the most memory that they held
together (shared pages counted once for each). On a machine that does other work only the processor seconds count.

With `--flat`, `inkpipe read` reads a tenth of the images and then all of them: the memory should be the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

MIB = 1 << 20
INTERVAL = 0.05  # seconds between two looks at the memory
BATCH = 64  # images that Keras gets at once, as the processes of `inkpipe read` do


class Cost(NamedTuple):
    """What a program took: wall-clock and processor seconds, and bytes of memory at most."""

    wall: float
    processor: float
    memory: int


def predict_with_keras(model: Path, images: Sequence[str]) -> None:
    """Recognize images as one would with Keras alone: `predict` on batches, in one process."""
    import numpy as np

    from inkpipe.imaging import decode, prepare
    from inkpipe.model.artifacts import load_model
    from inkpipe.model.ocr import as_input

    loaded = load_model(model)
    for start in range(0, len(images), BATCH):
        encoded = [Path(name).read_bytes() for name in images[start : start + BATCH]]
        prepared = np.stack([prepare(decode(data), loaded.preprocess) for data in encoded])
        logits = loaded.model.network.predict(as_input(prepared), batch_size=BATCH, verbose=0)
        for prediction in loaded.model.decoder.decode(logits):
            print(prediction.text, prediction.confidence)


def cost(command: Sequence[str], names: Sequence[str]) -> Cost:
    """Run a program that takes names on standard input, and watch it."""
    start, memory, processor = time.perf_counter(), 0, {0: 0.0}
    with TemporaryDirectory() as folder:
        (Path(folder) / "names").write_text("".join(f"{name}\n" for name in names))
        with (Path(folder) / "names").open() as listed, (Path(folder) / "out").open("w") as out:
            program = psutil.Popen(command, stdin=listed, stdout=out)
            while program.poll() is None:
                try:
                    watched = [program, *program.children(recursive=True)]
                    memory = max(memory, sum(each.memory_info().rss for each in watched))
                    processor |= {each.pid: sum(each.cpu_times()[:2]) for each in watched}
                except psutil.NoSuchProcess:
                    pass
                time.sleep(INTERVAL)
        rows = sum(1 for _ in (Path(folder) / "out").open())
    if program.returncode or rows != len(names):
        raise SystemExit(f"{command} gave {rows} rows for {len(names)} images, and ended with {program.returncode}.")
    return Cost(time.perf_counter() - start, sum(processor.values()), memory)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="folder of JPEG files, each of one text line")
    parser.add_argument("--model", type=Path, default=Path("data/recognizer"), help="folder of a promoted model")
    parser.add_argument("--count", type=int, default=10_000, help="images to read; a smaller folder is read again")
    parser.add_argument("--flat", action="store_true", help="measure whether the memory grows with the images")
    parser.add_argument("--keras", action="store_true", help=argparse.SUPPRESS)  # a row of the table
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    if arguments.keras:
        predict_with_keras(arguments.model, sys.stdin.read().splitlines())
        return
    files = sorted(map(str, arguments.images.rglob("*.jpg")))
    names = [files[number % len(files)] for number in range(arguments.count)]
    common = ["--model", str(arguments.model)]
    keras = [sys.executable, __file__, "--keras", "--images", str(arguments.images), *common]
    light = [sys.executable, "-m", "inkpipe", "read", "-", *common]
    print("| images | program | wall s | processor s | images a wall s | processor ms an image | peak MiB |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    programs = {"Keras `predict`": keras, "`inkpipe read`": light}
    if arguments.flat:
        del programs["Keras `predict`"]
    for count in (len(names) // 10 if arguments.flat else 1, len(names)):
        for program, command in programs.items():
            wall, processor, memory = cost(command, names[:count])
            rates = f"{count / wall:,.1f} | {1000 * processor / count:,.2f}"
            print(
                f"| {count:,} | {program} | {wall:.2f} | {processor:.2f} | {rates} | {memory / MIB:,.0f} |", flush=True
            )


if __name__ == "__main__":
    main()
