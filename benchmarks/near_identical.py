"""How many copies `near_identical_images` finds: copies of real images that were changed in one way each.

    python benchmarks/near_identical.py --zip FORMS.zip [--images 1000]

The images are measured as in `validate`. The table gives the fraction of copies that resemble their original, by the
number of bits in which their hashes may differ. Below it stand the smallest distances between different images, which
the rule must not take for copies.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from inkpipe.contract.duplicates import similar_ink
from inkpipe.contract.measurements import ImageMeasurements, measure_images
from inkpipe.data.corpus import SPLITS, Corpus, Sample, write_split
from inkpipe.imaging import decode
from inkpipe.parallel.pool import LOCAL
from inkpipe.sources.folder import FolderSource

DISTANCES = (6, 8, 10, 12)  # bits
CLOSEST = 8  # pairs whose distance is printed


def jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Encode an image as JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    """Resize an image, keeping its aspect."""
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


CHANGES: dict[str, Callable[[np.ndarray], bytes]] = {
    "as PNG": lambda image: cv2.imencode(".png", image)[1].tobytes(),
    "JPEG quality 80": lambda image: jpeg(image, 80),
    "JPEG quality 50": lambda image: jpeg(image, 50),
    "JPEG quality 20": lambda image: jpeg(image, 20),
    "20 gray levels lighter": lambda image: jpeg(cv2.add(image, 20)),
    "twice as large": lambda image: jpeg(scaled(image, 2)),
    "three quarters": lambda image: jpeg(scaled(image, 0.75)),
    "half": lambda image: jpeg(scaled(image, 0.5)),
    "half, JPEG quality 50": lambda image: jpeg(scaled(image, 0.5), 50),
    "a column less": lambda image: jpeg(image[:, :-1]),
    "a row less": lambda image: jpeg(image[:-1]),
    "a pixel of margin more": lambda image: jpeg(cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)),
}


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="images in a layout of the folder source")
    parser.add_argument("--images", type=int, default=1000, help="the number of images that are changed")
    options = parser.parse_args()
    files = [sample.image for sample in FolderSource(options.zip).samples("train")]
    originals = measure(files)
    changed = [decode(data) for data in files[: options.images]]
    print(table({name: recall(originals, changed, change) for name, change in CHANGES.items()}))
    print(f"\nThe closest pairs of different images, of {len(files):,} images: {closest(originals)} bits")


def measure(files: Sequence[bytes]) -> ImageMeasurements:
    """Measure encoded images as `validate` does.

    Args:
        files: the images' bytes.

    Returns:
        The measurements, in the same order.
    """
    with tempfile.TemporaryDirectory() as folder:
        for split in SPLITS:
            rows = [Sample(str(row), None, data) for row, data in enumerate(files)] if split == "train" else []
            write_split(Path(folder), split, rows)
        return measure_images(Corpus(Path(folder)), LOCAL)


def recall(
    originals: ImageMeasurements, images: Sequence[np.ndarray], change: Callable[[np.ndarray], bytes]
) -> list[float]:
    """Compute how many changed copies resemble their original.

    Args:
        originals: measurements of the originals, of at least as many as there are images.
        images: the first of the originals, decoded.
        change: changes and encodes an image.

    Returns:
        The fraction of copies, 0 to 1, for each of `DISTANCES`.
    """
    copies = measure([change(image) for image in images])
    distances = np.bitwise_count(originals.fingerprint[: len(images)] ^ copies.fingerprint).sum(axis=1)
    alike = similar_ink(originals.ink[: len(images)], copies.ink)
    return [float((alike & (distances <= allowed)).mean()) for allowed in DISTANCES]


def closest(images: ImageMeasurements) -> list[int]:
    """Find the smallest distances between images of similar ink. All images are compared with all.

    Args:
        images: measurements of different images.

    Returns:
        The distances in bits of the `CLOSEST` closest pairs, rising.
    """
    words = images.fingerprint.view(np.uint64)
    smallest: list[int] = []
    for row in range(len(words) - 1):
        alike = similar_ink(images.ink[row], images.ink[row + 1 :])
        distances = np.bitwise_count(words[row] ^ words[row + 1 :][alike]).sum(axis=1)
        smallest = sorted([*smallest, *np.sort(distances)[:CLOSEST].tolist()])[:CLOSEST]
    return smallest


def table(rows: dict[str, list[float]]) -> str:
    """Write the fractions as a Markdown table.

    Args:
        rows: the fractions for each of `DISTANCES`, by the name of the change.

    Returns:
        The table's lines.
    """
    lines = [
        "| copies that resemble their original, bits that may differ | " + " | ".join(map(str, DISTANCES)) + " |",
        "| --- |" + " ---: |" * len(DISTANCES),
    ]
    lines += [
        f"| {name} | " + " | ".join(f"{fraction:.3f}" for fraction in fractions) + " |"
        for name, fractions in rows.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
