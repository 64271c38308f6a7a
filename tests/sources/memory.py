"""Files in memory, in place of a directory or an archive."""

import io
from contextlib import contextmanager

from inkpipe.sources.entries import Entry


class MemoryFiles:
    """Files by name: `MemoryFiles({"a.jpg": b"..."})`. A list of names makes empty files."""

    def __init__(self, contents):
        self.contents = contents if isinstance(contents, dict) else dict.fromkeys(contents, b"")

    def entries(self):
        return [Entry(name, place) for place, name in enumerate(self.contents)]

    def read(self, entry):
        return self.contents[entry.name]

    @contextmanager
    def open(self, entry):
        yield io.BytesIO(self.contents[entry.name])

    def path(self, entry):
        return None


def find(layout, contents):
    """The layout of some files, None if it does not fit."""
    files = MemoryFiles(contents)
    return layout.find(files.entries(), files)
