"""What `near_identical_images` finds: copies of real images that were changed in one way each.

    python benchmarks/near_identical.py --zip FORMS.zip [--images 1000]

The images go through the image pass of `validate`. The table gives the share of copies that resemble their original, by
the bits in which their hashes may differ; below it, how close different images are, which the rule must not take for
copies.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from inkpipe.contract.images import ImageFacts, measure_images
from inkpipe.contract.leakage import as_much_ink
from inkpipe.corpus import SPLITS, Sample, write_split
from inkpipe.imaging import decode
from inkpipe.sources.folder import FolderSource
from inkpipe.workers import LOCAL

DISTANCES = (6, 8, 10, 12)
SHOWN = 8  # pairs


def jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Saved anew."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    """At another size."""
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


CHANGES: dict[str, Callable[[np.ndarray], bytes]] = {
    "as PNG": lambda image: cv2.imencode(".png", image)[1].tobytes(),
    "JPEG quality 80": lambda image: jpeg(image, 80),
    "JPEG quality 50": lambda image: jpeg(image, 50),
    "JPEG quality 20": lambda image: jpeg(image, 20),
    "20 grey levels lighter": lambda image: jpeg(cv2.add(image, 20)),
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
    parser.add_argument("--zip", type=Path, required=True, help="images in a layout that the folder source reads")
    parser.add_argument("--images", type=int, default=1000, help="how many are changed")
    options = parser.parse_args()
    files = [sample.image for sample in FolderSource(options.zip).samples("train")]
    originals = measured(files)
    changed = [decode(data) for data in files[: options.images]]
    print(table({name: recall(originals, changed, change) for name, change in CHANGES.items()}))
    print(f"\nThe closest pairs of different images, of {len(files):,} images: {closest(originals)} bits")


def measured(files: Sequence[bytes]) -> ImageFacts:
    """What the image pass finds of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for split in SPLITS:
            rows = [Sample(str(row), None, data) for row, data in enumerate(files)] if split == "train" else []
            write_split(Path(folder), split, rows)
        return measure_images(Path(folder), LOCAL)


def recall(originals: ImageFacts, images: Sequence[np.ndarray], change: Callable[[np.ndarray], bytes]) -> list[float]:
    """The share of changed copies that resemble their original, for each of `DISTANCES`."""
    copies = measured([change(image) for image in images])
    apart = np.bitwise_count(originals.fingerprint[: len(images)] ^ copies.fingerprint).sum(axis=1)
    alike = as_much_ink(originals.ink[: len(images)], copies.ink)
    return [float((alike & (apart <= most)).mean()) for most in DISTANCES]


def closest(facts: ImageFacts) -> list[int]:
    """In how many bits the most alike images differ, of those with as much ink: all are compared with all."""
    words = facts.fingerprint.view(np.uint64)
    found: list[int] = []
    for row in range(len(words) - 1):
        alike = as_much_ink(facts.ink[row], facts.ink[row + 1 :])
        apart = np.bitwise_count(words[row] ^ words[row + 1 :][alike]).sum(axis=1)
        found = sorted([*found, *np.sort(apart)[:SHOWN].tolist()])[:SHOWN]
    return found


def table(rows: dict[str, list[float]]) -> str:
    """As Markdown."""
    lines = [
        "| copies that resemble their original, bits that may differ | " + " | ".join(map(str, DISTANCES)) + " |",
        "| --- |" + " ---: |" * len(DISTANCES),
    ]
    lines += [f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + " |" for name, shares in rows.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
