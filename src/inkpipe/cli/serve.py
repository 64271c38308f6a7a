"""`inkpipe serve`: the recognizer over HTTP."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TextIO

from inkpipe.cli.common import find_model, picture_rules
from inkpipe.errors import InkpipeError


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Serve until a signal stops it."""
    from inkpipe.imaging import MAX_PIXELS
    from inkpipe.server.app import build_app
    from inkpipe.server.guard import make_access, read_token
    from inkpipe.server.request_limits import Limits
    from inkpipe.server.run import bind, serve
    from inkpipe.server.sampling import SampleLog
    from inkpipe.server.settings import Settings

    limits = Limits(arguments.max_bytes, arguments.max_items, arguments.max_pixels)
    if min(limits) < 1 or limits.max_pixels > MAX_PIXELS:
        raise InkpipeError(
            f"The limits are 1 or more, and pixels at most {MAX_PIXELS}. Received: --max-bytes {limits.max_bytes} "
            f"--max-items {limits.max_items} --max-pixels {limits.max_pixels}."
        )
    if not 0 < arguments.log_fraction <= 1 or arguments.log_rows < 1:
        raise InkpipeError(
            "--log-fraction is above 0 and at most 1, and --log-rows at least 1. "
            f"Received: {arguments.log_fraction} and {arguments.log_rows}."
        )
    log = SampleLog(arguments.log, arguments.log_fraction, arguments.log_rows) if arguments.log else None
    token = read_token(arguments.token_file) if arguments.token_file else None
    access = make_access(arguments.host, arguments.allow_host, token)
    find = partial(find_model, arguments.model, limits.max_alternatives)
    find()  # nothing to serve is an error now, not a server that is never ready
    with bind(arguments.host, arguments.port) as listener:
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        print(f"http://{host}:{listener.getsockname()[1]} (Ctrl-C ends it)", file=out, flush=True)
        serve(build_app(find, Settings(access, picture_rules(), limits, log=log)), listener)
    return 0
