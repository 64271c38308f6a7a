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
    """

    max_bytes: int = 16 << 20
    max_items: int = 64
    max_pixels: int = MAX_PIXELS
    max_alternatives: int = 10
    max_seconds: float = 60


class LimitBody:
    """ASGI middleware that refuses a body of too many bytes: by its announced length, else as soon as they arrive.

    Args:
        app: the application.
        max_bytes: of a body.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a stream that raises when it exceeds the limit."""
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            self._check(received)
            return message

        if scope["type"] == "http":
            announced = dict(scope["headers"]).get(b"content-length", b"")
            self._check(int(announced) if announced.isdigit() else 0)
        await self._app(scope, limited, send)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise HTTPException(
                413,
                f"The request is too large. Received: {size:,} bytes or more. Send at most {self._max_bytes:,}.",
                {"Connection": "close"},
            )
