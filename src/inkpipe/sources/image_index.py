"""Find the image that a label file means, however it writes the name."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from inkpipe.sources.entries import Entry
from inkpipe.sources.file_kinds import is_image
from inkpipe.sources.splitting import split_of_path


def normalize_path(name: str) -> str:
    """A path in the form in which names are compared.

    Windows writes backslashes, macOS decomposed accents, and people `./a.jpg`: all of them mean the same file.

    Args:
        name: a path, absolute or relative.

    Returns:
        The path with forward slashes, composed accents (NFC) and no `.` parts.
    """
    return posixpath.normpath(unicodedata.normalize("NFC", name.replace("\\", "/")))


class ImageIndex:
    """The images of a folder by their names.

    Args:
        entries: all files of the data.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = [entry for entry in entries if is_image(entry.name)]

    @cached_property
    def _by_path(self) -> dict[str, Entry]:
        return {normalize_path(entry.name): entry for entry in reversed(self._entries)}

    @cached_property
    def _by_name(self) -> dict[str, list[Entry]]:
        return _grouped((_folded(posixpath.basename(entry.name)), entry) for entry in self._entries)

    @cached_property
    def _by_stem(self) -> dict[str, list[Entry]]:
        stems = ((posixpath.splitext(posixpath.basename(entry.name))[0], entry) for entry in self._entries)
        return _grouped((_folded(stem), entry) for stem, entry in stems)

    def named(self, path: str, folder: str, split: str | None = None) -> Entry | None:
        """The image that a path means, as it is written in a file of a folder.

        Args:
            path: relative to the folder or to the whole data, or a name alone, or an address or absolute path of which
                only the name counts here. It may lack the extension.
            folder: of the file in which the path is written, from the top of the data; empty for the top.
            split: that the file names; None if it names none.

        Returns:
            The image at the path; else of those with its name, in any case, the one that lies nearest to the folder,
            in a folder of that split if there is one. None if there is none, or if several lie equally near.
        """
        for candidate in (posixpath.join(folder, path.replace("\\", "/")), path):
            if (entry := self._by_path.get(normalize_path(candidate))) is not None:
                return entry
        parent, name = posixpath.split(path.replace("\\", "/"))
        found = _nearest(self._by_name.get(_folded(name), ()), folder, name, split)
        if found is None and not is_image(name):
            return self.with_stem(name, posixpath.normpath(posixpath.join(folder, parent)), split)
        return found

    def key(self, path: str, folder: str, split: str | None = None) -> str:
        """The path of the image that a label names, in the form in which names are compared.

        Args:
            path: as of `named`; empty for a label that names none.
            folder: as of `named`.
            split: likewise.

        Returns:
            The path of that image; if there is none, the one where it should be.
        """
        image = self.named(path, folder, split) if path else None
        return normalize_path(posixpath.join(folder, path) if image is None else image.name)

    def with_stem(self, stem: str, folder: str, split: str | None = None) -> Entry | None:
        """The image with a name, whatever its extension, that lies nearest to a folder.

        Args:
            stem: the name without its extension.
            folder: from the top of the data; empty for the top.
            split: as of `named`.

        Returns:
            None if there is none, or if several lie equally near.
        """
        return _nearest(self._by_stem.get(_folded(stem), ()), folder, stem, split)


def _grouped(items: Iterable[tuple[str, Entry]]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for key, entry in items:
        groups[key].append(entry)
    return groups


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _nearest(entries: Sequence[Entry], folder: str, name: str, split: str | None) -> Entry | None:
    """The one image with the fewest folders between; of those that differ only in case, the one that is written so.

    Where some lie in folders of the split, the others do not count.
    """
    of_split = [each for each in entries if split and split_of_path(each.name) == split] or entries
    ranked = sorted((_steps(posixpath.dirname(each.name), folder), name not in each.name, each) for each in of_split)
    if not ranked or (len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]):
        return None
    return ranked[0][2]


def _steps(one: str, other: str) -> int:
    """The number of folders to leave and to enter on the way from one folder to another."""
    left, right = ([part for part in path.split("/") if part] for path in (one, other))
    shared = len(posixpath.commonprefix([left, right]))
    return len(left) + len(right) - 2 * shared
