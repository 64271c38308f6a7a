"""`vocabulary`: the characters that a model knows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from inkpipe.section import PositiveCount, Section

Case = Literal["upper", "lower", "keep"]
CaseChoice = Literal["auto", Case]
UnicodeForm = Literal["NFC", "NFKC", "ascii"]


class VocabularyParams(Section):
    """`vocabulary`: how labels are normalized, and which of their characters become classes."""

    case: CaseChoice
    unicode_form: UnicodeForm
    min_count: PositiveCount
    characters: str | None = Field(min_length=1)
