"""Connections that must send their requests in time. uvicorn waits for ever for the rest of a request."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds that a part of a request may take, after which its connection is closed: from the connection, or the first
# byte after an answer, to the end of the headers; and from there to the end of the body. The application answers a body
# that comes too slowly before, see `Limits.max_seconds`.
SECONDS: dict[object, float] = {h11.IDLE: 10, h11.SEND_BODY: 75}


class PunctualProtocol(H11Protocol):
    """A connection that is closed when a part of its request does not come in time (slow loris)."""

    _awaited: object = None  # the part
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the headers of the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, and wait for the next one if there must be one."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        if self._deadline:
            self._deadline.cancel()

    def _wait(self) -> None:
        state = self.conn.their_state
        if state is self._awaited:
            return  # since then
        if self._deadline:
            self._deadline.cancel()
        seconds = SECONDS.get(state)
        self._awaited = state
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.close)
