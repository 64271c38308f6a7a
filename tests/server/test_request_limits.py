import asyncio

import pytest
from starlette.exceptions import HTTPException

from inkpipe.server.request_limits import LimitBody, Limits

SCOPE = {"type": "http", "headers": []}


async def read(scope, receive, send):
    """An application that reads a body to its end."""
    while (await receive())["more_body"]:
        pass


def sent(*sizes, wait=None):
    """A stream of a body in parts of some bytes; it waits for an event before its last part."""
    parts = list(sizes)

    async def receive():
        if wait and len(parts) == 1:
            await wait.wait()
        size = parts.pop(0)
        return {"type": "http.request", "body": bytes(size), "more_body": bool(parts)}

    return receive


def test_the_bodies_of_all_requests_in_flight_are_bounded_together():
    async def run():
        limited, go_on = LimitBody(read, Limits(max_bytes=100, max_held_bytes=150)), asyncio.Event()
        slow = [asyncio.create_task(limited(SCOPE, sent(70, 5, wait=go_on), None)) for _ in range(2)]
        await asyncio.sleep(0)  # each holds 70 bytes now
        await limited(SCOPE, sent(5, 5), None)
        with pytest.raises(HTTPException) as refused:
            await limited(SCOPE, sent(5, 6), None)
        go_on.set()
        await asyncio.gather(*slow)
        await limited(SCOPE, sent(100), None)  # nothing is held any more
        with pytest.raises(HTTPException) as large:
            await limited(SCOPE, sent(100, 1), None)
        return refused.value, large.value

    refused, large = asyncio.run(run())
    assert (refused.status_code, refused.headers) == (503, {"Connection": "close", "Retry-After": "2"})
    assert refused.detail == "The server has too many uploads at once. Received: one more. Try again."
    assert large.status_code == 413
