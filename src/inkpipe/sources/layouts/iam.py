"""The layouts of the IAM database (U.-V. Marti, H. Bunke, "The IAM-database", IJDAR 5, 2002): lines and words.

    ascii/lines.txt or words.txt       a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop
    ascii/forms.txt                    a01-000u 000 ...: who wrote the form; need not be there
    lines/a01/a01-000u/a01-000u-00.png in any folder

Segmentations that IAM marks as doubtful (`err`) are kept; the column `segmentation` tells them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import is_image
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import decode_text
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.listing import UNREADABLE_ROW, ListedFile, Listing

FORM = r"[a-z]\d\d-\d\d\d[a-z]{0,2}"


class _IamLayout(PairedLayout):
    """See the module.

    Args:
        label_files: the table, and that of the forms if there is one.
    """

    content = "the columns of the IAM database"
    table: str  # the name of the table
    row: re.Pattern[str]  # a row: image, form, segmentation, text
    image_name: re.Pattern[str]

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> _IamLayout | None:
        """See `Layout.find`. The table counts if images of its kind are there: both often come with one of them."""
        tables = [entry for entry in entries if posixpath.basename(entry.name).lower() == cls.table]
        if not tables or not any(cls.image_name.fullmatch(posixpath.basename(entry.name)) for entry in entries):
            return None
        if len(tables) > 1:
            raise ambiguous(tables, f"Keep one {cls.table}.")
        forms = [entry for entry in entries if posixpath.basename(entry.name).lower() == "forms.txt"]
        return cls([*tables, *forms[:1]])

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        table, *forms = self.label_files
        writers = dict(_writers(files.read(forms[0]), forms[0].name)) if forms else {}
        for number, line in enumerate(decode_text(files.read(table), table.name).splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = self.row.fullmatch(line.strip())
            if match is None:
                skipped.add(ListedFile(None, table.name, UNREADABLE_ROW, line, number))
                continue
            name, form, segmentation, text = match.groups()
            extra = {"form": form, "segmentation": segmentation}
            if writers:
                extra["writer"] = writers.get(form)
            yield LabelRow(name, f"{name}.png", self.text(text) or None, None, number, extra)

    def image(self, name: str) -> ImageKey | None:
        """See `PairedLayout.image`."""
        return ImageKey(posixpath.splitext(posixpath.basename(name))[0]) if is_image(name) else None

    @staticmethod
    def text(cell: str) -> str:
        """The text of the last cell of a row."""
        return cell


class IamLinesLayout(_IamLayout):
    """Lines of text, in which the table writes `|` for a blank."""

    name = "iam_lines"
    expects = "lines.txt of IAM"
    table = "lines.txt"
    row = re.compile(rf"(({FORM})-\d\d)\s+(ok|err)(?:\s+-?\d+){{6}}\s+(.*)")
    image_name = re.compile(rf"{FORM}-\d\d\.\w+")

    @staticmethod
    def text(cell: str) -> str:
        """Words that stand without a blank have one in the table; it is no part of the text."""
        return cell.replace(" ", "").replace("|", " ")


class IamWordsLayout(_IamLayout):
    """Single words, each with the tag of its kind before it."""

    name = "iam_words"
    expects = "words.txt of IAM"
    table = "words.txt"
    row = re.compile(rf"(({FORM})-\d\d-\d\d)\s+(ok|err)(?:\s+-?\d+){{5}}\s+\S+\s+(.*)")
    image_name = re.compile(rf"{FORM}-\d\d-\d\d\.\w+")


def _writers(content: bytes, name: str) -> Iterator[tuple[str, str]]:
    """The writer of each form."""
    for line in decode_text(content, name).splitlines():
        if match := re.match(rf"({FORM})\s+(\d+)\s", line):
            yield match[1], match[2]
