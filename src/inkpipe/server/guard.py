"""Who may come in: the Host, Origin and Authorization headers of a request.

A page of another site can make a browser send requests to this machine, under a name that it has pointed here (DNS
rebinding) or as a cross-site form. Such requests carry a foreign Host or Origin.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from inkpipe.errors import InkpipeError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - to be told apart, not to be bound
MIN_TOKEN = 16  # characters: fewer could be guessed
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Access(NamedTuple):
    """Who may come in.

    Attributes:
        hosts: names under which clients may address the server, lower case, without a port.
        token: that they must show; None for no token.
    """

    hosts: frozenset[str]
    token: str | None


def make_access(host: str, more_hosts: Collection[str], token: str | None) -> Access:
    """Decide who may come in to a server on an address.

    Args:
        host: the address or name that the server is bound to.
        more_hosts: further names of the server.
        token: for clients to show; None for no token.

    Raises:
        InkpipeError: another machine could come in without a token, or under no name.
    """
    loopback = is_loopback(host)
    if not loopback and token is None:
        raise InkpipeError(
            f"On this address other machines can come in. Received: --host {host} without a token. "
            "Give --token-file, or bind to 127.0.0.1."
        )
    if host in ANY_ADDRESS and not more_hosts:
        raise InkpipeError(
            f"An address that stands for all has no name. Received: --host {host}. "
            "Say with --allow-host under which names clients address the server."
        )
    names = {name.lower().strip("[]") for name in (host, *more_hosts)}
    return Access(frozenset(names | LOOPBACK_NAMES if loopback or host in ANY_ADDRESS else names), token)


def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def read_token(path: Path) -> str:
    """Read a token from its file.

    Raises:
        InkpipeError: there is no such file, or it holds no good token.
    """
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InkpipeError(f"The token cannot be read. Received: {path}, {error}. Give a text file.") from error
    if len(token) < MIN_TOKEN or not token.isprintable() or " " in token:
        raise InkpipeError(
            f"The token is too simple. Received: {path} with {len(token)} characters. "
            f"Write one line of at least {MIN_TOKEN} characters without spaces, such as `openssl rand -hex 32` gives."
        )
    return token


def _name(address: str) -> str | None:
    """The host name of an address such as `//name:80`, lower case; None if it is none."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == address[2:] and "@" not in address else None


def _authority(origin: str) -> str:
    """Host and port of an origin, lower case; empty if it is none, such as `null`."""
    return origin.lower().partition("://")[2]


class Guard:
    """ASGI middleware that lets in whom it may.

    Args:
        app: the application.
        access: who may come in.
        public: paths that need no token.
    """

    def __init__(self, app: ASGIApp, access: Access, public: Collection[str]) -> None:
        self._app, self._access, self._public = app, access, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            self._check_host(headers)
            if scope["method"] not in SAFE_METHODS:
                self._check_origin(headers)
            if scope["path"] not in self._public:
                self._check_token(headers)
        await self._app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name(f"//{hosts[0]}") not in self._access.hosts:
            raise HTTPException(
                400,
                f"The server has another name. Received: Host {', '.join(hosts)!r}. Give it with --allow-host.",
            )

    def _check_origin(self, headers: Headers) -> None:
        origins = headers.getlist("origin")
        if any(_authority(origin) != headers["host"].lower() for origin in origins):
            raise HTTPException(
                403,
                f"Pages of other sites may not post here. Received: Origin {', '.join(origins)!r}. Use the page at /.",
            )

    def _check_token(self, headers: Headers) -> None:
        token = self._access.token
        if token is None:
            return
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
            raise HTTPException(
                401,
                "The token is missing or wrong. Send the header `Authorization: Bearer TOKEN`.",
                {"WWW-Authenticate": "Bearer"},
            )
