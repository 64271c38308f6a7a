"""`inkpipe sheets`: pictures of what preprocessing and augmentation do, and of drawn images beside real ones."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.contact_sheets import render_sheets
from inkpipe.params import load_params


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Render the sheets by the project's params and print their paths."""
    for path in render_sheets(load_params(), arguments.out, arguments.data, arguments.split):
        print(path, file=out)
    return 0
