"""Look at labeled images of one's own: at all labels, and at a sample of the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inkpipe.data.corpus import GROUP, NOT_TRANSCRIBED, SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.inspection.image_facts import ImageFacts, image_facts
from inkpipe.progress import bar
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.listing import UNMATCHED, ListedFile

IMAGES = 600  # measured, evenly spread over the rows: enough to judge fractions of a percent, in about half a minute
PICTURES = 12  # of those, kept for a picture


class Row(NamedTuple):
    """A row without its image.

    Attributes:
        split: `train`, `validation` or `test`.
        filename: the name of the image.
        label: as the source gives it; None for none.
        group: that it belongs to; None if none is known.
    """

    split: str
    filename: str
    label: str | None
    group: str | None = None

    @property
    def has_label(self) -> bool:
        """Whether it is transcribed: its label has more than white space."""
        return bool(self.label and self.label.strip())


@dataclass(frozen=True)
class InspectedCorpus:
    """What was seen of labeled images.

    Attributes:
        described: what the source says of itself, see `FolderSource.describe`.
        columns: its further columns.
        rows: all rows, in the source's order.
        images: the facts of a sample of the images, by rising row.
        pictures: a few of these images, encoded, by row.
        by_hash: the splits whose size `data.folder` decides on, because the data does not name them.
    """

    described: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Row]
    images: Sequence[ImageFacts]
    pictures: Mapping[int, bytes] = field(default_factory=dict)
    by_hash: Collection[str] = ()

    @property
    def labels(self) -> list[str]:
        """The labels of all rows that have one."""
        return [row.label for row in self.rows if row.label is not None and row.has_label]

    @property
    def test_images(self) -> int:
        """The images of the test split that have a label."""
        return sum(row.split == "test" and row.has_label for row in self.rows)

    @property
    def training_labels(self) -> list[str | None]:
        """The labels of the training split, as the source gives them."""
        return [row.label for row in self.rows if row.split == "train"]

    @property
    def decoded(self) -> list[ImageFacts]:
        """The sample images that decode."""
        return [image for image in self.images if image.fault is None]

    @property
    def splits(self) -> dict[str, int]:
        """The number of rows by split."""
        counts = Counter(row.split for row in self.rows)
        return {split: counts[split] for split in SPLITS}

    def first_listed(self, kind: str) -> dict[str, str]:
        """The first file or label of each reason, in words.

        Args:
            kind: `skipped` or `noticed`.
        """
        return {
            reason: str(ListedFile(**{"split": None, "reason": reason, **files["first"][0]}))
            for reason, files in self.described.get(kind, {}).items()
            if files.get("first")
        }

    def listed(self, kind: str) -> dict[str, int]:
        """The number of files and labels by reason.

        Args:
            kind: `skipped` or `noticed`.
        """
        return {reason: files["count"] for reason, files in self.described.get(kind, {}).items()}

    @property
    def not_transcribed(self) -> int:
        """Images and lines without a text, be they rows or not."""
        skipped = self.listed("skipped")
        return sum(skipped.get(reason, 0) for reason in NOT_TRANSCRIBED) + len(self.rows) - len(self.labels)

    @property
    def unmatched_fraction(self) -> float:
        """The fraction of labels that cannot become a row, as `data.folder.max_unmatched_fraction` counts them."""
        skipped = self.listed("skipped")
        unmatched = sum(skipped.get(reason, 0) for reason in UNMATCHED)
        return unmatched / max(1, unmatched + len(self.rows))


def look(source: FolderSource, images: int = IMAGES) -> InspectedCorpus:
    """Stream a source once. Beside the labels only the facts of the sample stay in memory.

    Args:
        source: the labeled images.
        images: how many of them are measured at most.

    Raises:
        InkpipeError: a file cannot be read, or there is no row.
    """
    total = sum(map(source.count, SPLITS))
    if not total:
        raise _nothing_to_see(source)
    step, shown = -(-total // images), -(-total // PICTURES)
    rows: list[Row] = []
    facts: list[ImageFacts] = []
    pictures: dict[int, bytes] = {}
    with bar(total, "looking at labels and images") as progress:
        for split in SPLITS:
            for sample in source.samples(split) if source.count(split) else ():
                number = len(rows)
                rows.append(Row(split, sample.filename, sample.label, sample.extra.get(GROUP)))
                if number % step == 0:
                    facts.append(image_facts(number, sample.image))
                if number % shown == 0:
                    pictures[number] = sample.image
                progress.update(1)
    if not any(row.has_label for row in rows):
        raise InkpipeError(
            f"None of the images is transcribed. Received: {len(rows):,} images with empty labels, such as "
            f"{rows[0].filename}. Transcribe some; `inkpipe read` works on those without a label."
        )
    return InspectedCorpus(source.describe(), tuple(source.extra_columns), rows, facts, pictures, source.by_hash)


def _nothing_to_see(source: FolderSource) -> InkpipeError:
    """The error for data of which no label has an image."""
    reasons = [f"\n  {source.skipped.line(reason)}" for reason in source.skipped.counts()]
    return InkpipeError(
        f"The data has no image with a label. Received:{''.join(reasons) or ' no file.'}\n"
        "Bring images and labels together, or transcribe some images."
    )
