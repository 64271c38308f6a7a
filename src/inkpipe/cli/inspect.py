"""`inkpipe inspect`: what a corpus is, what the present parameters would do to it, and a command that fits it."""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import TextIO

from inkpipe.cli.inspection_json import as_object
from inkpipe.cli.inspection_text import lines
from inkpipe.errors import InkpipeError
from inkpipe.files import own_directory, project_root, require_replaceable
from inkpipe.inspection.effects import effects
from inkpipe.inspection.overrides import Override, applied
from inkpipe.inspection.proposal import Proposal, propose
from inkpipe.inspection.seen import InspectedCorpus, look
from inkpipe.inspection.training import measured_speed
from inkpipe.output import as_json, printable
from inkpipe.params import Params, load_params
from inkpipe.sources.folder import FolderSource

PICTURES = "inspect --pictures"  # as which their folder is known again


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Inspect labeled images by the project's parameters, and print what was found.

    Args:
        arguments: `data` (directory or zip), `layout` (its name, or None), `pictures` (folder, or None) and `json`.
        out: gets the text or the JSON.

    Returns:
        0.

    Raises:
        InkpipeError: there is no project, the data cannot be read, or the pictures cannot be written.
    """
    if arguments.pictures:  # before minutes of work
        require_replaceable(arguments.pictures, PICTURES)
    data = _data_overrides(arguments.data, arguments.layout)
    params = applied(load_params(project_root() / "params.yaml"), data)
    folder = params.data.folder
    options = {**folder.options(), "max_unmatched_fraction": 1.0}
    corpus = look(FolderSource(arguments.data, **options, workers=params.runtime.workers))
    present = effects(corpus, params)
    proposal = propose(corpus, params, present, data, partial(measured_speed, corpus, present))
    if arguments.json:
        print(as_json(as_object(corpus, present, proposal), out), file=out)
    else:
        for line in lines(corpus, present, proposal):
            print(printable(line, out), file=out)
    if arguments.pictures:
        path = _write_picture(arguments.pictures, corpus, params, proposal)
        if not arguments.json:
            print(f"pictures: {printable(path, out)}", file=out)
    return 0


def _data_overrides(path: Path, layout: str | None) -> list[Override]:
    """The parameters that name the data. Relative paths count from the project's root.

    There a path stays as it was given, so that links to data that moves still lead to it.
    """
    root = project_root().resolve()
    there = path.is_absolute() or Path.cwd() == root
    named = path if there else Path(os.path.relpath(path.resolve(), root))
    found = [
        Override("data.source", "folder", "labeled images of your own"),
        Override("data.folder.path", str(named), "the directory or zip that was inspected"),
    ]
    return [*found, Override("data.folder.layout", layout, "as you chose")] if layout else found


def _write_picture(folder: Path, corpus: InspectedCorpus, params: Params, proposal: Proposal) -> Path:
    from inkpipe.inspection.pictures import preparation_picture  # late: Matplotlib takes a second to import

    ways = {"now": params.preprocess, "proposed": proposal.params.preprocess}
    picture = preparation_picture(corpus, ways)
    if picture is None:
        raise InkpipeError("No image decodes, so there is nothing to show. The effects name the first of them.")
    with own_directory(folder, PICTURES) as target:
        (target / "preparation.png").write_bytes(picture)
    return folder / "preparation.png"
