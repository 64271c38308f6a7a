"""What a request may ask for. Bodies are bounded before anything in them is decoded."""

from __future__ import annotations

from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkpipe.imaging import MAX_PIXELS


class Limits(NamedTuple):
    """The limits of a request.

    Attributes:
        max_bytes: of its body, base64 or multipart included.
        max_items: images in it.
        max_pixels: of an image, by its header.
        max_alternatives: texts of an image that it may ask for.
        max_seconds: until its body has arrived.
        max_held_bytes: of the bodies of all requests in flight.
    """

    max_bytes: int = 16 << 20
    max_items: int = 64
    max_pixels: int = MAX_PIXELS
    max_alternatives: int = 10
    max_seconds: float = 60
    max_held_bytes: int = 512 << 20


class LimitBody:
    """ASGI middleware that refuses a body of too many bytes: by its announced length, else as soon as they arrive.

    It also refuses what comes when the bodies of all requests in flight are too many bytes, so that uploads do not add
    up in memory.

    Args:
        app: the application.
        limits: of a request.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits, self._held = app, limits, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a stream that raises when it exceeds the limit."""
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held += size
            self._check(received)
            return message

        if scope["type"] == "http":
            announced = dict(scope["headers"]).get(b"content-length", b"")
            self._check(int(announced) if announced.isdigit() else 0)
        try:
            await self._app(scope, limited, send)
        finally:
            self._held -= received

    def _check(self, size: int) -> None:
        if size > self._limits.max_bytes:
            raise HTTPException(
                413,
                f"The request is too large. Received: {size:,} bytes or more. Send at most {self._limits.max_bytes:,}.",
                {"Connection": "close"},
            )
        if self._held > self._limits.max_held_bytes:
            raise HTTPException(
                503,
                "The server has too many uploads at once. Received: one more. Try again.",
                {"Connection": "close", "Retry-After": "2"},
            )
