"""Text files that a user brings: one word or line each, normalized like labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError

Notify = Callable[[str], None]

NAMED = 20  # foreign characters that a message lists


class TextLines:
    """The lines of a UTF-8 file that consist of a vocabulary's characters, as a stream that can start anew.

    A line with another character is skipped: no model with this vocabulary can produce it.

    Args:
        path: the file.
        vocabulary: normalizes the lines, and gives the alphabet.
        parameter: the parameter that names the file, for messages.
        notify: told, at the end of the stream, of skipped lines; None if nobody listens.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary, parameter: str, notify: Notify | None = None) -> None:
        self.path, self.vocabulary, self.parameter, self.notify = path, vocabulary, parameter, notify

    def __iter__(self) -> Iterator[str]:
        """Stream the lines.

        Raises:
            InkpipeError: the file is absent, is not text in UTF-8, or holds no line that can be used.
        """
        alphabet, foreign, used, skipped = set(self.vocabulary.characters), Counter[str](), 0, 0
        for line in self._normalized():
            if outside := set(line) - alphabet:
                foreign.update(outside)
                skipped += 1
            else:
                used += 1
                yield line
        if not used:
            raise InkpipeError(self._useless(foreign, skipped))
        if skipped and self.notify:
            self.notify(f"{self.parameter}: {used:,} lines used, {skipped:,} skipped, as they hold {_listed(foreign)}")

    def _normalized(self) -> Iterator[str]:
        try:
            with self.path.open(encoding="utf-8-sig") as stream:
                for line in stream:
                    if text := self.vocabulary.normalize(line):
                        yield text
        except FileNotFoundError as error:
            raise self._unreadable("no such file") from error
        except OSError as error:
            raise self._unreadable(error.strerror) from error
        except UnicodeDecodeError as error:
            raise self._unreadable(f"not text in UTF-8 ({error.reason} at byte {error.start:,})") from error

    def _unreadable(self, reason: object) -> InkpipeError:
        return InkpipeError(
            f"{self.parameter}: the file cannot be read: {reason}. Received: {self.path}. "
            "Name a UTF-8 text file with one word or line each, or null."
        )

    def _useless(self, foreign: Counter[str], skipped: int) -> str:
        if not skipped:
            return f"{self.parameter}: the file holds no text. Received: {self.path}. Fill it, or set null."
        return (
            f"{self.parameter}: each of the {skipped:,} lines holds a character outside the model's alphabet. "
            f"Received: {_listed(foreign)} in {self.path}. Give text in the alphabet of the training labels, or null."
        )


def _listed(foreign: Counter[str]) -> str:
    """The most frequent foreign characters."""
    ranked = sorted(foreign, key=lambda character: (-foreign[character], character))
    return " ".join(map(repr, ranked[:NAMED])) + (" ..." if len(ranked) > NAMED else "")
