"""Labels as people and programs leave them: what is corrected in them, and what is noticed."""

from __future__ import annotations

import html
import re
import unicodedata

from inkpipe.sources.listing import HTML_ENTITY, LINE_BREAK, NOT_COMPOSED, RIGHT_TO_LEFT, ListedFile, Listing

# References that XML and HTML writers make of single characters. Who wrote them twice left them in the text.
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
RIGHT_TO_LEFT_CLASSES = ("R", "AL")  # of Unicode's bidirectional algorithm: Hebrew, Arabic and others


class LabelReview:
    """The review of the labels of a split.

    Args:
        split: `train`, `validation` or `test`.
        noticed: gets every label that is corrected or worth a remark.
    """

    def __init__(self, split: str, noticed: Listing) -> None:
        self._split, self._noticed = split, noticed

    def corrected(self, filename: str, label: str | None) -> str | None:
        """The label with its HTML entities as characters. Nothing else is changed.

        Args:
            filename: of the sample.
            label: as the source gives it.
        """
        if not label or (label.isascii() and "&" not in label and "\n" not in label):
            return label  # most labels
        text = ENTITY.sub(lambda match: html.unescape(match[0]), label)
        remarks = {
            HTML_ENTITY: text != label,
            LINE_BREAK: "\n" in text.strip(),
            NOT_COMPOSED: not unicodedata.is_normalized("NFC", text),
            RIGHT_TO_LEFT: any(unicodedata.bidirectional(each) in RIGHT_TO_LEFT_CLASSES for each in text),
        }
        for reason, applies in remarks.items():
            if applies:
                self._noticed.add(ListedFile(self._split, filename, reason, label))
        return text
