"""Run the application with uvicorn until a signal stops it."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from inkpipe.errors import InkpipeError
from inkpipe.server.punctual import PunctualProtocol

MAX_CONNECTIONS = 512  # at once; more are answered with 503. Each takes one of the 1,024 files that many systems allow
GRACE = 30  # seconds that requests in flight have after a signal
LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"standard error": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {name: {"handlers": ["standard error"], "level": "INFO"} for name in ("inkpipe.server", "uvicorn")},
}


def bind(host: str, port: int) -> socket.socket:
    """Bind to an address.

    Connections send what is written at once. An answer is two writes, head and body; with Nagle's algorithm the body
    would wait until the client acknowledges the head, which takes clients 40 ms.

    Args:
        host: an address or a name.
        port: 0 takes a free one.

    Raises:
        InkpipeError: the address is in use or not of this machine.
    """
    try:
        if not 0 <= port < 1 << 16:  # `getaddrinfo` would take another one
            raise OverflowError("a port is 0 to 65535")  # noqa: TRY301
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=MAX_CONNECTIONS)
    except (OSError, OverflowError, UnicodeError) as error:
        raise InkpipeError(
            f"The address cannot be bound to. Received: --host {host} --port {port}, {error}. Give another --port."
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on its own sockets
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT; those in flight are still answered. Then the process exits with 0.

    Args:
        app: the application.
        listener: bound.
    """
    config = uvicorn.Config(
        app,
        http=PunctualProtocol,
        log_config=LOG,
        access_log=False,
        lifespan="on",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
        proxy_headers=False,
        server_header=False,
        ws="none",
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises it once more when all is answered
    with suppress(KeyboardInterrupt):  # likewise
        uvicorn.Server(config).run(sockets=[listener])
