"""`vocabulary`: which characters a reader knows."""

from __future__ import annotations

from pydantic import Field

from inkpipe.params.base import PositiveCount, Section
from inkpipe.vocabulary import Case, UnicodeForm


class VocabularyParams(Section):
    """`vocabulary`: how labels are normalised and which of their characters become classes."""

    case: Case
    unicode_form: UnicodeForm
    min_count: PositiveCount
    characters: str | None = Field(min_length=1)
