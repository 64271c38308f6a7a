"""Connections over sockets: a client that sends a request slowly, or not at all."""

import asyncio
import socket
import threading
import time

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inkpipe.server import punctual
from inkpipe.server.run import bind

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
LIMIT = 0.3  # seconds, of headers; a body has three times that


async def answer(request):
    return PlainTextResponse(await request.body())


@pytest.fixture(scope="module")
def address():
    """Of a server whose connections are punctual."""
    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, http=punctual.PunctualProtocol, log_config=None, lifespan="off"))
    with pytest.MonkeyPatch.context() as patch, bind("127.0.0.1", 0) as listener:
        seconds = dict(zip(punctual.SECONDS, (LIMIT, 3 * LIMIT), strict=True))
        patch.setattr(punctual, "SECONDS", seconds)
        thread = threading.Thread(target=asyncio.run, args=[server.serve([listener])])
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def received(connection):
    """All that the server sends until it closes the connection, and seconds until then."""
    connection.settimeout(20)
    started, content = time.monotonic(), b""
    while part := connection.recv(1 << 16):
        content += part
    return content, time.monotonic() - started


@pytest.mark.parametrize(
    ("sent", "limit"),
    [
        (b"", LIMIT),
        (HEAD, LIMIT),
        (HEAD + b"Content-Length: 5\r\n\r\nab", 3 * LIMIT),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 3 * LIMIT),
    ],
    ids=["nothing", "no end of the headers", "no end of the body", "no end of the chunks"],
)
def test_a_request_that_does_not_come_to_its_end_is_closed(address, sent, limit):
    with socket.create_connection(address) as connection:
        connection.sendall(sent)
        content, seconds = received(connection)
    assert content == b""
    assert limit - 0.1 < seconds < limit + 5


def test_headers_that_trickle_are_closed(address):
    with socket.create_connection(address) as connection, pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
        connection.sendall(HEAD + b"X: ")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            connection.sendall(b"a")
            time.sleep(LIMIT / 10)


def test_the_next_request_of_a_connection_has_its_own_time(address):
    with socket.create_connection(address) as connection:
        for body in (b"one", b"two"):
            time.sleep(LIMIT * 0.6)  # both together are more than the limit
            connection.sendall(HEAD + b"Content-Length: 3\r\n\r\n" + body)
            content = b""
            while not content.endswith(body):  # the head and the body come apart
                content += connection.recv(1 << 16)
        connection.sendall(HEAD)
        content, _ = received(connection)
    assert content == b""
