"""Count the images whose text is cut off, too low or too narrow for the model after preparation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from inkpipe.alignment import frames_needed, own_frames
from inkpipe.dataset.prepare import PreparedImage
from inkpipe.imaging.resize import LEGIBLE

LEAST_WIDTH = 0.9  # of the inked width: an image that keeps less has lost more than a margin
EXAMPLES = 3
# Kinds of images, in the words of the message:
NARROWED = f"cut by preprocess.crop, which took more than {1 - LEAST_WIDTH:.0%} of the inked width"
LOW = f"lower than {LEGIBLE} px after sizing"
TIGHT = "too narrow: their own frames are fewer than their label needs"


@dataclass
class FitCounts:
    """How many images have a text that does not fit well, by kind.

    Attributes:
        images: how many there are in all.
        counts: the number of those that do not fit, by kind.
        examples: the first filenames of these, by kind.
    """

    images: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def counted(
        self, images: Iterable[PreparedImage], labels: Iterable[str], *, width: int, frames: int
    ) -> Iterator[PreparedImage]:
        """Count a stream of images while it passes.

        Args:
            images: prepared images.
            labels: their normalized labels.
            width: columns of the prepared images, in pixels.
            frames: of the model's output for them.
        """
        for image, label in zip(images, labels, strict=True):
            self.images += 1
            kept, rows, columns = image.fit
            misfits = {
                NARROWED: kept < LEAST_WIDTH,
                LOW: rows < LEGIBLE,
                TIGHT: own_frames(columns, width, frames) < frames_needed(label),
            }
            for kind in (kind for kind, is_misfit in misfits.items() if is_misfit):
                self.counts[kind] = self.counts.get(kind, 0) + 1
                if len(named := self.examples.setdefault(kind, [])) < EXAMPLES:
                    named.append(image.filename)
            yield image

    def lines(self) -> list[str]:
        """One line for each kind that occurs."""
        return [
            f"{self.counts[kind]:,} of {self.images:,} images are {kind}. First: {', '.join(self.examples[kind])}"
            for kind in (NARROWED, LOW, TIGHT)
            if kind in self.counts
        ]
