"""Measure what decoding, each preprocessing option and each distortion cost on one core.

    python benchmarks/imaging_cost.py [--images 200] [--rounds 5]

Prints a Markdown table with two numbers a row. The first is processor time an image in milliseconds, of the best round,
so that other work on the machine changes it little. The second is its ratio to bare OpenCV in the same run:
`cv2.imdecode` and `cv2.resize`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from inkpipe.augment import DISTORTIONS, augment, only
from inkpipe.imaging import OPTIONS, decode, prepare
from inkpipe.params import load_params
from inkpipe.params.preprocess import PreprocessParams

PARAMS = Path(__file__).parents[1] / "params.yaml"
PLAIN = {  # sizing and nothing else
    "height": 32, "width": 256, "features": "pixels", "denoise": "none", "contrast": "none", "deskew": "none",
    "crop": "none", "deslant": "none", "core_height": 0.0, "stroke_width": 0.0,
}  # fmt: skip


def make_scans(count: int) -> Iterator[bytes]:
    """JPEGs of the size of scanned names: a printed label, a name and the cut-off line above."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        image = np.full((int(rng.integers(24, 64)), int(rng.choice([284, 324, 388]))), 255, np.uint8)
        name = "".join(rng.choice(list("ABCDEFGHIJKLMNOPRSTUVY"), rng.integers(4, 11)))
        cv2.putText(image, "NOM :", (4, image.shape[0] - 6), cv2.FONT_HERSHEY_DUPLEX, 0.4, 0, 1, cv2.LINE_AA)
        cv2.putText(image, name, (70, image.shape[0] - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 1, cv2.LINE_AA)
        cv2.putText(image, "CODE 0123", (40, 3), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
        yield cv2.imencode(".jpg", image)[1].tobytes()


def decode_and_resize(data: bytes) -> np.ndarray:
    """The least work that any recognizer needs for an image, with OpenCV alone."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.resize(image, (256, 32), interpolation=cv2.INTER_AREA)


def milliseconds(work: Callable[[int], object], count: int, rounds: int) -> float:
    """The mean processor time of `work(i)`, for i in 0 .. count - 1, in the best round."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        for i in range(count):
            work(i)
        best = min(best, time.process_time() - start)
    return float(1000 * best / count)


def measurements(encoded: list[bytes]) -> Iterable[tuple[str, Callable[[int], object]]]:
    """The rows of the table: a caption, and the work to do on image i."""
    params = load_params(PARAMS)
    plain = params.preprocess.model_copy(update=PLAIN)
    images = [decode(data) for data in encoded]
    yield "decode", lambda i: decode(encoded[i])
    yield "decode and size", lambda i: prepare(decode(encoded[i]), plain)
    for option, update in OPTIONS.items():
        cleaning: PreprocessParams = plain.model_copy(update=update)
        yield f"size with {option}", lambda i, cleaning=cleaning: prepare(images[i], cleaning)
    for height in (32, 40):
        sized = [prepare(image, plain.model_copy(update={"height": height})) for image in images]
        yield (
            f"augment {height} x 256 as in params.yaml",
            lambda i, sized=sized: augment(sized[i], np.random.default_rng([42, 1, i]), params.augment),
        )
    sized = [prepare(image, plain) for image in images]
    for name in DISTORTIONS:
        single = only(name, params.augment)
        yield (
            f"augment: {name} on every image",
            lambda i, single=single: augment(sized[i], np.random.default_rng([42, i]), single),
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200, help="images to measure on")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which the best counts")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    encoded = list(make_scans(arguments.images))
    base = milliseconds(lambda i: decode_and_resize(encoded[i]), arguments.images, arguments.rounds)
    print("| work | ms an image | x bare OpenCV |\n| --- | ---: | ---: |")
    print(f"| bare OpenCV: decode and resize | {base:.3f} | 1.0 |")
    for caption, work in measurements(encoded):
        cost = milliseconds(work, arguments.images, arguments.rounds)
        print(f"| {caption} | {cost:.3f} | {cost / base:.1f} |", flush=True)


if __name__ == "__main__":
    main()
