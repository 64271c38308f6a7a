"""`inkpipe registry card`."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import existing_store, model_name
from inkpipe.output import printable
from inkpipe.promotion.by_person import existing_version
from inkpipe.promotion.card.card_store import export_card, read_card


def show_card(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the model card of a version, or write it with the model's files into a folder."""
    store = existing_store()
    version = existing_version(store, model_name(), arguments.version)
    if arguments.out is None:
        for line in read_card(store, version).splitlines():
            print(printable(line, out), file=out)
        return 0
    folder = export_card(store, version, arguments.out)
    print(f"{version} is exported; recognize with it: inkpipe read IMAGE... --model {folder}", file=out)
    return 0
