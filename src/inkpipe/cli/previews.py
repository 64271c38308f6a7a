"""`inkpipe previews`: previews of synthetic and real images, of preprocessing and of augmentation."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import open_folder
from inkpipe.evaluation.preview_grids import render_previews
from inkpipe.files import whole_file
from inkpipe.params import load_params


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Render the previews by the project's params and print their paths.

    Args:
        arguments: `out` (folder), `data` (folder or zip of real images, or None) and `split`.
        out: gets one path a line.

    Returns:
        0.

    Raises:
        InkpipeError: `data` cannot be read, none of its images can be decoded, or the folder cannot be written.
    """
    params = load_params()
    real = open_folder(arguments.data).samples(arguments.split) if arguments.data else None
    previews = render_previews(params.synthetic, params.preprocess, params.augment, params.seed, real)
    for name, png in previews.items():
        path = arguments.out / f"{name}.png"
        with whole_file(path) as partial:
            partial.write_bytes(png)
        print(path, file=out)
    return 0
