"""Files of a page: read once, sent with headers that let the page use nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inkpipe.server import page_base

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data: blob:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def static_routes(package: str, names: Mapping[str, tuple[str, str]]) -> list[Route]:
    """The routes of a page and of what all pages share. The files are read now, not by requests.

    Args:
        package: that holds the files of the page.
        names: path to the name of a file and its media type.
    """
    return [
        _route(path, (files(folder) / name).read_bytes(), kind)
        for folder, some in ((package, names), (page_base.__name__, page_base.FILES))
        for path, (name, kind) in some.items()
    ]


def _route(path: str, content: bytes, media_type: str) -> Route:
    def answer(_: Request) -> Response:
        return Response(content, media_type=media_type, headers=HEADERS)

    return Route(path, answer)
