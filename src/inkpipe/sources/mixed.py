"""Real images with synthetic ones beside them for training. Validation and test are the real images alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inkpipe.data.corpus import ORIGIN, REAL, SPLITS, SYNTHETIC, Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources.interface import Source

PREFIX = f"{SYNTHETIC}/"  # of the names of synthetic images, so that they are no names of real ones


class MixedSource:
    """Two sources as one. The column `origin` says of each row from which of them it is.

    Args:
        real: all its samples are taken.
        synthetic: its training samples follow the real ones; its other splits are not used.
    """

    def __init__(self, real: Source, synthetic: Source) -> None:
        self._real, self._synthetic = real, synthetic
        self.extra_columns = (ORIGIN, *real.extra_columns)

    def describe(self) -> dict[str, Any]:
        """Each of the two sources, with its rows by split, and what the real one skipped and noticed."""
        real = self._real.describe()
        listings: dict[str, Any] = {kind: real.pop(kind) for kind in ("skipped", "noticed") if kind in real}
        rows = {split: self._real.count(split) for split in SPLITS}
        synthetic = {**self._synthetic.describe(), "rows": {"train": self._synthetic.count("train")}}
        return {"source": "mixed", "real": {**real, "rows": rows}, "synthetic": synthetic, **listings}

    def count(self, split: str) -> int:
        """The number of samples of a split: of train that of both sources, of the others that of the real one."""
        return self._real.count(split) + (self._synthetic.count(split) if split == "train" else 0)

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream a split's samples: the real ones, then in `train` the synthetic ones.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: see the two sources; or a real image has a name of synthetic ones.
        """
        for sample in self._real.samples(split) if self._real.count(split) else ():
            if sample.filename.startswith(PREFIX):
                raise InkpipeError(
                    f"A real image has a name that data.source mixed gives to synthetic images. "
                    f"Received: {sample.filename!r} in the {split} split. Rename the folder {PREFIX!r}."
                )
            yield sample._replace(extra={**sample.extra, ORIGIN: REAL})
        if split == "train":
            for sample in self._synthetic.samples(split):
                yield sample._replace(filename=PREFIX + sample.filename, extra={ORIGIN: SYNTHETIC})
