"""`inkpipe corrections`: what a review says the images show, as a corpus, a table, or PAGE XML and ALTO."""

from __future__ import annotations

import argparse
import sys
from typing import TextIO

from inkpipe.errors import InkpipeError
from inkpipe.output import printable, some


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write what is asked for.

    Returns:
        0.

    Raises:
        InkpipeError: nothing is asked for, there is no review, or no text in it.
    """
    from inkpipe.review.corrected_texts import corrections, write_corpus, write_table, write_transcripts
    from inkpipe.review.database import open_review

    if not (arguments.out or arguments.table or arguments.transcripts):
        raise InkpipeError("Nothing is to be written. Received: no option. Give --out, --table or --transcripts.")
    accept = arguments.accept
    if accept is not None and not 0 <= accept <= 1:
        raise InkpipeError(f"--accept is a confidence. Received: {accept}. Give 0 to 1.")
    with open_review(arguments.review) as database:
        options = {"with_labels": arguments.with_labels, "accept": accept}
        if arguments.out:
            counts = write_corpus(database, arguments.out, corrections(database, **options))
            listed = ", ".join(f"{count:,} {split}" for split, count in counts.items())
            print(f"{printable(arguments.out, out)}: {listed}", file=out)
        if arguments.table:
            count = write_table(arguments.table, corrections(database, **options))
            print(f"{printable(arguments.table, out)}: {count:,} rows", file=out)
        if arguments.transcripts:
            written = write_transcripts(database, arguments.transcripts, corrections(database, **options))
            where, count = printable(arguments.transcripts, out), sum(written.texts.values())
            print(f"{where}: {count:,} lines in {len(written.texts):,} files", file=out)
            if names := written.without_line:
                what = "texts are of no line of the transcripts that were taken in last"
                print(f"inkpipe corrections: {len(names):,} {what}: {some(names, sys.stderr)}", file=sys.stderr)
    return 0
