"""What a fine-tuned model started from. Nothing here needs TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inkpipe.data.vocabulary import Vocabulary


@dataclass(frozen=True)
class Initialization:
    """The model whose weights a training started from, and what became of its alphabet.

    Attributes:
        digest: the SHA-256 of that model's files, or of its weights file where there was no more.
        kept: the characters that both alphabets have, in class order; their weights were taken over.
        added: the characters that it lacked; they started with fresh weights.
        dropped: the characters that only it has.
    """

    digest: str
    kept: str
    added: str
    dropped: str

    @classmethod
    def between(cls, digest: str, before: Vocabulary, after: Vocabulary) -> Initialization:
        """Compare two alphabets.

        Args:
            digest: of the model that a training starts from.
            before: the vocabulary of that model.
            after: the vocabulary of the training.
        """
        return cls(
            digest,
            kept="".join(c for c in after.characters if c in before.characters),
            added="".join(c for c in after.characters if c not in before.characters),
            dropped="".join(c for c in before.characters if c not in after.characters),
        )

    def describe(self) -> str:
        """One line: how many characters were kept, and which ones were added and dropped."""
        named = {"added": self.added, "dropped": self.dropped}
        changes = "".join(f", {name} {' '.join(map(repr, chars))}" for name, chars in named.items() if chars)
        return f"{len(self.kept)} characters kept{changes}"

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Initialization:
        """What `to_json` gave.

        Raises:
            TypeError: a field is missing or unknown.
        """
        return cls(**content)
