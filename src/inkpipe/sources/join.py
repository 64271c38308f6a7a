"""Which label belongs to which image file.

Labels and files are held in two dictionaries. At 413,823 images in a .zip, `download` needs 0.7 GiB of memory in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from inkpipe.sources.entries import Entry
from inkpipe.sources.listing import CONTRADICTED, LABEL_WITHOUT_IMAGE, REPEATED, ListedFile, Listing

NO_EXTRA: Mapping[str, str | None] = {}


class LabelRow(NamedTuple):
    """A label and the image that it belongs to.

    Attributes:
        image: the key of the image file; the row joins the file that has the same key.
        filename: the name of the sample.
        label: the text; None if the source gives none.
        split: `train`, `validation` or `test`; None if the data names none, and a hash decides.
        line: the line in the label file, from 1; None if there is no such line.
        extra: the values of the layout's further columns.
    """

    image: str
    filename: str
    label: str | None
    split: str | None
    line: int | None = None
    extra: Mapping[str, str | None] = NO_EXTRA


class ImageKey(NamedTuple):
    """How a layout places a file.

    Attributes:
        key: joins the file to the `LabelRow` with the same `image`.
        split: the split that the file's place names; None if it names none.
    """

    key: str
    split: str | None = None


class LabeledFile(NamedTuple):
    """A label with its image file.

    Attributes:
        row: the label.
        entry: the image file.
    """

    row: LabelRow
    entry: Entry


class UnlabeledFile(NamedTuple):
    """A file that no label names.

    Attributes:
        entry: the file.
        split: the split that its place names; None if it names none.
    """

    entry: Entry
    split: str | None = None


class Join(NamedTuple):
    """The result of a join.

    Attributes:
        labeled: the labels with a file, in the order of the files.
        unlabeled: the other files, in their order.
    """

    labeled: list[LabeledFile]
    unlabeled: list[UnlabeledFile]


def join(
    rows: Iterable[LabelRow],
    entries: Iterable[Entry],
    image_key: Callable[[str], ImageKey | None],
    skipped: Listing,
) -> Join:
    """Join labels to image files by key. Of several labels, or files, with one key the first counts.

    Args:
        rows: the labels.
        entries: all files, in the order of their places.
        image_key: gives the key of a file; None for a file that is no image of the layout.
        skipped: gets the labels that are repeated or have no file.

    Returns:
        The labels with a file, and the files without a label.
    """
    labels = _first_labels(rows, skipped)
    images: dict[str, Entry] = {}
    unlabeled: list[UnlabeledFile] = []
    in_any_case: dict[str, str] = {}  # the names of unlabeled images, by their folded keys
    for entry in entries:
        image = image_key(entry.name)
        if image and image.key in labels and image.key not in images:
            images[image.key] = entry
        else:
            unlabeled.append(UnlabeledFile(entry, image.split if image else None))
            if image:
                in_any_case.setdefault(image.key.casefold(), entry.name)
    for key in sorted(labels.keys() - images.keys()):
        other = in_any_case.get(key.casefold())
        skipped.add(_listed(labels[key], LABEL_WITHOUT_IMAGE, f"there is {other}" if other else None))
    return Join([LabeledFile(labels[key], entry) for key, entry in images.items()], unlabeled)


def _first_labels(rows: Iterable[LabelRow], skipped: Listing) -> dict[str, LabelRow]:
    labels: dict[str, LabelRow] = {}
    for row in rows:
        if not row.filename:
            skipped.add(_listed(row, LABEL_WITHOUT_IMAGE))
        elif (first := labels.setdefault(row.image, row)) is not row:
            skipped.add(_listed(row, REPEATED if first.label == row.label else CONTRADICTED))
    return labels


def _listed(row: LabelRow, reason: str, detail: str | None = None) -> ListedFile:
    return ListedFile(row.split, row.filename, reason, row.label, row.line, detail)
