"""`inkpipe review`: let people check predictions, on a page of this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from inkpipe.cli.common import find_model, picture_rules, project_params
from inkpipe.errors import InkpipeError
from inkpipe.output import printable, some

if TYPE_CHECKING:
    from inkpipe.review.database import Database
    from inkpipe.review.intake import IntakeResult

SUFFIX = ".review.sqlite"
ALTERNATIVES = 5  # texts that the page offers


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Take the images in, recognize those that are new, and serve the desk until a signal stops it.

    Returns:
        0.

    Raises:
        InkpipeError: there is no data or no model, or the address cannot be served.
    """
    from inkpipe.review.database import open_review
    from inkpipe.review.desk import build_desk
    from inkpipe.server.guard import make_access, read_token
    from inkpipe.server.run import bind, serve

    token = read_token(arguments.token_file) if arguments.token_file else None
    access = make_access(arguments.host, arguments.allow_host, token)
    path = _store(arguments.data, arguments.store)
    found = find_model(arguments.model, ALTERNATIVES)  # nothing to read with is an error before all images are taken in
    with open_review(path, create=[path] != list(map(Path, arguments.data))) as database:
        _fill(database, path, arguments)
        with found.open() as recognizer:
            from inkpipe.review.intake import recognize

            recognize(database, recognizer, found.version, picture_rules())
        print(f"the review is in {printable(path, out)}", file=out, flush=True)
        if arguments.prepare:
            return 0
        with bind(arguments.host, arguments.port) as listener:
            host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
            print(f"http://{host}:{listener.getsockname()[1]} (Ctrl-C ends it)", file=out, flush=True)
            serve(build_desk(database, access), listener)
    return 0


def _store(words: Sequence[str], store: Path | None) -> Path:
    """The file of the review: that which is named or given as data, else one in the working folder."""
    if store:
        return store
    given = Path(words[0])
    if len(words) == 1 and words[0].endswith(SUFFIX):
        return given
    if len(words) == 1 and given.exists():
        name = given.resolve().name
        return Path(f"{name.removesuffix('.zip')}{SUFFIX}")
    if len(words) == 1:
        raise InkpipeError(
            f"There is no data at the given path. Received: {words[0]}. Give a folder, a zip or images, or the file of "
            "an earlier review."
        )
    raise InkpipeError(
        f"There is no one folder or file to name the review after. Received: {' '.join(words)}. "
        f"Name its file: --store NAME{SUFFIX}."
    )


def _fill(database: Database, path: Path, arguments: argparse.Namespace) -> None:
    from inkpipe.review.given_data import open_data
    from inkpipe.review.intake import take_in

    if [path] == list(map(Path, arguments.data)):  # the review itself: it has all that it needs
        return
    params = project_params()
    options = params.data.folder.options() if params else {}
    _report(take_in(database, open_data(arguments.data, arguments.layout, options)))


def _report(result: IntakeResult) -> None:
    """Tell what was not taken in, on standard error."""
    unreadable = [f"{name} ({reason})" for name, reason in result.unreadable]
    for what, names in (
        ("files could not be read", unreadable),
        ("images have other bytes than when they were taken in, and stay as they were", result.changed),
    ):
        if names:
            print(f"inkpipe review: {len(names):,} {what}: {some(names, sys.stderr)}", file=sys.stderr)
