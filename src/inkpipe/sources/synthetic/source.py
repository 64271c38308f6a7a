"""The simulator as a source of labelled images: one seed an image, as many processes as there are cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from inkpipe.corpus import SPLITS, Sample
from inkpipe.params.synthetic import SyntheticParams

CHUNK = 250  # images a task: about half a second of work
AHEAD = 3  # tasks a worker that may wait for the reader; bounds memory


class SyntheticSource:
    """Names in simulated handwriting on simulated forms.

    Image i of a split depends on (params, seed, split, i) alone, so the bytes are the same at any number of workers
    and whatever the sizes of the splits are.
    """

    def __init__(self, params: SyntheticParams, seed: int, workers: int | None = None) -> None:
        """Take the distributions, the seed of all randomness, and the number of processes (None: all cores)."""
        self._params = params
        self._seed = seed
        self._workers = workers or len(os.sched_getaffinity(0))

    def describe(self) -> dict[str, Any]:
        """What was asked for, for the record: the same for the same params and seed."""
        return {"source": "synthetic", "seed": self._seed, "params": self._params.model_dump(mode="json")}

    def count(self, split: str) -> int:
        """How many images a split has."""
        return {"train": self._params.train, "validation": self._params.validation, "test": self._params.test}[split]

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream a split: filename such as `train_000001.jpg`, label over the alphabet, grey JPEG."""
        chunks = _chunks(self.count(split))
        if self._workers == 1 or len(chunks) == 1:
            for chunk in chunks:
                yield from draw_chunk(self._params, self._seed, split, chunk)
            return
        with ProcessPoolExecutor(min(self._workers, len(chunks)), mp_context=get_context("spawn")) as pool:
            waiting: deque[Future[list[Sample]]] = deque()
            for chunk in chunks:
                waiting.append(pool.submit(draw_chunk, self._params, self._seed, split, chunk))
                if len(waiting) > self._workers * AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()


def draw_chunk(params: SyntheticParams, seed: int, split: str, indices: range) -> list[Sample]:
    """The samples of some indices of a split."""
    from inkpipe.sources.synthetic.page import Pages

    pages = Pages(params)
    samples = []
    for index in indices:
        label, image = pages.draw((seed, SPLITS.index(split), index))
        samples.append(Sample(f"{split}_{index + 1:06d}.jpg", label, image))
    return samples


def _chunks(count: int) -> list[range]:
    return [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
