"""`inkpipe pull-request`: what this commit changes, for reviewers."""

from __future__ import annotations

import argparse
import json
from typing import TextIO

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root
from inkpipe.output import printable
from inkpipe.verification.commit_changes import changes_markdown, commit_changes, image_name


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the changes as Markdown; with --out, write summary.md and the images of plots."""
    verdict = None
    if arguments.verdict is not None:
        try:
            verdict = json.loads(arguments.verdict.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InkpipeError(
                f"The verdict cannot be read. Received: {error} for {arguments.verdict}. "
                "Write it with `inkpipe verify --json`."
            ) from error
    changes = commit_changes(project_root(), arguments.base)
    text = changes_markdown(changes, verdict)
    if arguments.out is not None:
        (arguments.out / "plots").mkdir(parents=True, exist_ok=True)
        (arguments.out / "summary.md").write_text(text, encoding="utf-8")
        for title, png in changes.plots.items():
            (arguments.out / "plots" / image_name(title)).write_bytes(png)
    for line in text.splitlines():
        print(printable(line, out), file=out)
    return 0
