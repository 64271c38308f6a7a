"""Synthetic handwriting as a source of labeled images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from inkpipe.data.corpus import Sample
from inkpipe.parallel.pool import LOCAL, map_in_order
from inkpipe.params.synthetic import SyntheticParams

CHUNK = 250  # images a task: about half a second of work, so that handing it to a worker costs little


class Chunk(NamedTuple):
    """A task of a worker: some images of a split.

    Attributes:
        params: the distributions.
        seed: of all randomness.
        split: `train`, `validation` or `test`.
        indices: of the images in their split, from 0.
    """

    params: SyntheticParams
    seed: int
    split: str
    indices: range


class SyntheticSource:
    """Names in synthetic handwriting on synthetic forms.

    Image i of a split depends on (params, seed, split, i) alone, so the bytes are the same at any number of workers
    and for any sizes of the splits.

    Args:
        params: the sizes of the splits and the distributions.
        seed: of all randomness, 0 to 2^32 - 1.
        workers: see `map_in_order`.
    """

    extra_columns = ()

    def __init__(self, params: SyntheticParams, seed: int, workers: str = LOCAL) -> None:
        self._params = params
        self._seed = seed
        self._workers = workers

    def describe(self) -> dict[str, Any]:
        """Seed and params: the same for the same settings."""
        return {"source": "synthetic", "seed": self._seed, "params": self._params.model_dump(mode="json")}

    def count(self, split: str) -> int:
        """The number of images of a split."""
        return {"train": self._params.train, "validation": self._params.validation, "test": self._params.test}[split]

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream a split: filename such as `train_000001.jpg`, label over the alphabet, gray JPEG.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: see `map_in_order`.
        """
        count = self.count(split)
        chunks = [
            Chunk(self._params, self._seed, split, range(start, min(start + CHUNK, count)))
            for start in range(0, count, CHUNK)
        ]
        # One chunk is generated sooner here than a worker process has started.
        parts = map(generate_chunk, chunks) if len(chunks) == 1 else map_in_order(self._workers, generate_chunk, chunks)
        for samples in parts:
            yield from samples


def generate_chunk(chunk: Chunk) -> list[Sample]:
    """The samples of a chunk, in the order of their indices."""
    from inkpipe.synthetic.generate import generate  # late: its packages are heavy, and other sources spare them

    return generate(chunk.params, chunk.seed, chunk.split, chunk.indices)
