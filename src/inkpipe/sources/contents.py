"""What data without a known layout holds, for the message that says so."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence

from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.label_files import first_line

KINDS = 5  # kinds of files that are named
TABLES = 3  # tables whose first line is shown
SHOWN = 80  # characters of such a line
EXTENSIONS = (".csv", ".tsv", ".tab")
HEAD_BYTES = 1 << 12  # of a table, in which the first line mostly ends


def describe_contents(entries: Sequence[Entry], files: Files) -> str:
    """Say what files there are, and how the tables among them begin: their columns may only have other names.

    Args:
        entries: of the data, without those that operating systems leave.
        files: to read tables.

    Returns:
        Such as `40 .png, 1 .csv; a.csv begins with 'Datei;Text'`; `no file` if there is none.
    """
    kinds = Counter(posixpath.splitext(entry.name)[1].lower() or "other" for entry in entries).most_common()
    counts = [f"{count:,} {kind}" for kind, count in kinds[:KINDS]]
    more = [f"{sum(count for _, count in kinds[KINDS:]):,} others"] if len(kinds) > KINDS else []
    return "; ".join([", ".join([*counts, *more]) or "no file", *_tables(entries, files)])


def _tables(entries: Sequence[Entry], files: Files) -> Iterator[str]:
    tables = [entry for entry in entries if entry.name.lower().endswith(EXTENSIONS)]
    for entry in tables[:TABLES]:
        with files.open(entry) as stream:
            yield f"{entry.name} begins with {first_line(stream.read(HEAD_BYTES))[:SHOWN]!r}"
