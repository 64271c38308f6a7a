"""`inkpipe registry promote` and `inkpipe registry rollback`."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import existing_store, model_name
from inkpipe.promotion.by_person import promote_version, roll_back


def promote(arguments: argparse.Namespace, out: TextIO) -> int:
    """Make a version champion, and print it."""
    version = promote_version(existing_store(), model_name(), arguments.version, arguments.reason, arguments.force)
    print(f"{version} is champion", file=out)
    return 0


def rollback(arguments: argparse.Namespace, out: TextIO) -> int:
    """Make the champion of before champion again, and print it."""
    version = roll_back(existing_store(), model_name(), arguments.reason, arguments.force)
    print(f"{version} is champion again", file=out)
    return 0
