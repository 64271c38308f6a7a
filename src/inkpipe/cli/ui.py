"""`inkpipe ui`: the MLflow UI with the project's runs, on loopback."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn, TextIO

from inkpipe.errors import without_passwords
from inkpipe.files import project_root
from inkpipe.tracking import connect, database, tracking_uri
from inkpipe.tracking.kept_runs import log_kept_experiments
from inkpipe.tracking.liveness import close_interrupted
from inkpipe.tracking.relocation import artifacts_uri
from inkpipe.tracking.run_list import share_view

HOST = "127.0.0.1"


def run(arguments: argparse.Namespace, out: TextIO) -> int:  # noqa: RET503  (the last call never returns)
    """Replace this process by MLflow's server for the project's own store. If the store is a server, print its URI.

    Before that, experiments without a run get one, and runs whose process was killed are ended.

    Raises:
        InkpipeError: the port is in use: MLflow would say so only at the end, after the address of another program.
    """
    from inkpipe.server.run import bind

    os.chdir(project_root())
    path = database()
    if path is None:
        print(f"The runs are on the MLflow server {without_passwords(tracking_uri())}; it has its own UI.", file=out)
        return 0
    with bind(HOST, arguments.port) as listener:
        port = listener.getsockname()[1]
    store = connect()  # creates the database, because several threads of the server would do it at the same time
    close_interrupted(store)
    log_kept_experiments(store)
    address = f"http://{HOST}:{port}"
    print(f"MLflow UI: {address} (ready in about 15 s; Ctrl-C ends it)", file=out, flush=True)
    print(f"the best runs first: {address}{share_view(store)}", file=out, flush=True)
    options = {
        "--host": HOST,
        "--port": str(port),
        "--workers": "1",
        "--backend-store-uri": tracking_uri(),
        "--artifacts-destination": artifacts_uri(path),
    }
    _replace_process(
        [sys.executable, "-m", "mlflow", "server", *(word for option in options.items() for word in option)]
    )


def _replace_process(command: list[str]) -> NoReturn:
    # without its job execution the server starts in 12 s instead of 44
    os.execve(command[0], command, {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"})  # noqa: S606
