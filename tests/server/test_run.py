import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.server.run import bind

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def server(trained):
    """A process with a server that is ready, and its URL."""
    command = [sys.executable, Path(__file__).with_name("server_process.py"), trained()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        while not ready(url):
            time.sleep(0.05)
        yield process, url
        process.kill()


def ready(url):
    try:
        return httpx2.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def recognize(url):
    return httpx2.post(f"{url}/recognize", files={"image": b"P5 9 9 255\n" + bytes(81)}, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_in_flight_finish_and_ends_all_processes(server, number):
    process, url = server
    worker = int(recognize(url).json()["items"][0]["text"])
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(recognize, url) for _ in range(3)]
        time.sleep(0.4)
        os.killpg(process.pid, number)  # the whole group, as Ctrl-C does
        texts = [answer.result().json()["items"][0]["text"] for answer in answers]
    assert texts == [str(worker)] * 3
    assert process.wait(30) == 0
    assert "Traceback" not in process.stderr.read()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_large_body_is_refused_and_the_server_goes_on(server):
    _, url = server

    def endless():
        while True:
            yield bytes(1 << 20)

    with suppress(httpx2.TransportError):  # the server closed the connection while the client was still sending
        answer = httpx2.post(f"{url}/recognize", content=endless(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
    assert recognize(url).status_code == 200


def test_connections_send_the_body_of_an_answer_without_waiting_for_the_client():
    with bind("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_cannot_be_bound_to_is_one_message():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InkpipeError, match=rf"cannot be bound to\. Received: --host 127\.0\.0\.1 --port {port},"):
            bind("127.0.0.1", port)
    for host, port in (("127.0.0.1", 99_999), ("192.0.2.1", 0), ("a" * 300, 0)):
        with pytest.raises(InkpipeError, match="The address cannot be bound to"):
            bind(host, port)
