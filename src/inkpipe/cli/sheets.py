"""`inkpipe sheets`: pictures of what preprocessing and augmentation do, and of drawn images beside real ones."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import open_folder
from inkpipe.contact_sheets import render_sheets
from inkpipe.files import whole_file
from inkpipe.params import load_params


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Render the sheets by the project's params, and print where they are."""
    real = open_folder(arguments.data).samples(arguments.split) if arguments.data else None
    for name, png in render_sheets(load_params(), real).items():
        path = arguments.out / f"{name}.png"
        with whole_file(path) as partial:
            partial.write_bytes(png)
        print(path, file=out)
    return 0
