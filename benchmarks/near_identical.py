"""What `near_identical_images` finds: copies of real images that were changed in one way each.

    python benchmarks/near_identical.py --zip FORMS.zip [--images 1000]

The images are hashed as the image pass of `validate` does it. The tables give the share of copies within some bits of
their original, and how many pairs of different images lie as close: what the rule would set aside wrongly.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from inkpipe.contract.fingerprint import fingerprints, frequencies
from inkpipe.imaging import decode, glance
from inkpipe.sources.folder import FolderSource

DISTANCES = (6, 8, 10, 12)
FAR = 42  # bits


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
    originals = hashes(files)
    changed = [decode(data) for data in islice(files, options.images)]
    print(
        table(
            "copies within bits of their original",
            {name: recall(originals, changed, CHANGES[name]) for name in CHANGES},
        )
    )
    print(f"\nPairs of different images, of {len(files):,} images")
    words = originals.view(np.uint64)
    apart = np.sort(np.concatenate([_closest(words, row) for row in range(len(words) - 1)])).tolist()
    print(f"closest: {apart[:8]} bits; " + ", ".join(f"{sum(d <= m for d in apart)} within {m}" for m in DISTANCES))


def hashes(files: list[bytes]) -> np.ndarray:
    """uint32 (n, 8), as the image pass computes them."""
    seen = (glance(data).image for data in files)
    return fingerprints(np.stack([frequencies(image, int(image.max())) for image in seen]))


def _closest(words: np.ndarray, row: int) -> np.ndarray:
    """How far the hashes after `row` are from it, of those at most `FAR` away: different words are about 128."""
    apart = np.bitwise_count(words[row] ^ words[row + 1 :]).sum(axis=1)
    return apart[apart <= FAR]


def recall(originals: np.ndarray, images: list[np.ndarray], change: Callable[[np.ndarray], bytes]) -> list[float]:
    """The share of changed copies within each of `DISTANCES` of their original."""
    copies = hashes([change(image) for image in images])
    apart = np.bitwise_count(originals[: len(images)] ^ copies).sum(axis=1)
    return [float((apart <= most).mean()) for most in DISTANCES]


def table(title: str, rows: dict[str, list[float]]) -> str:
    """As Markdown."""
    lines = [f"| {title} | " + " | ".join(map(str, DISTANCES)) + " |", "| --- |" + " ---: |" * len(DISTANCES)]
    lines += [f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + " |" for name, shares in rows.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
