"""`inkpipe label-studio`: exchange a review with Label Studio."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from inkpipe.output import printable

if TYPE_CHECKING:
    from inkpipe.review.database import Database

NAMED = 5  # images in a message


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write tasks, or take annotations over.

    Returns:
        1 if an annotation was refused, else 0.

    Raises:
        InkpipeError: there is no review, nothing to export, or the file is no export of it.
    """
    from inkpipe.review.database import open_review

    with open_review(arguments.review) as database:
        return {"export": _export, "import": _import}[arguments.action](database, arguments, out)


def _export(database: Database, arguments: argparse.Namespace, out: TextIO) -> int:
    from inkpipe.review.studio_tasks import write_tasks

    count = write_tasks(database, arguments.out, arguments.prefix)
    print(f"{printable(arguments.out / 'tasks.json', out)}: {count:,} tasks", file=out)
    return 0


def _import(database: Database, arguments: argparse.Namespace, out: TextIO) -> int:
    from inkpipe.review.studio_tasks import read_annotations

    decided, skipped, known, refused = read_annotations(database, arguments.annotations)
    print(f"{decided:,} decisions; {skipped:,} annotations say nothing; {known:,} were known", file=out)
    for name, reason in refused[:NAMED]:
        print(f"inkpipe label-studio: {printable(name, sys.stderr)}: {printable(reason, sys.stderr)}", file=sys.stderr)
    if len(refused) > NAMED:
        print(f"inkpipe label-studio: {len(refused) - NAMED:,} more were refused.", file=sys.stderr)
    return 1 if refused else 0
