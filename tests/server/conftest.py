"""An application in this process, with a recognizer whose network is not trained."""

import time
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient
from tests.server.untrained import untrained_recognizer

from inkpipe.rules.images import DEFAULT_PICTURE_RULES
from inkpipe.server.app import build_app
from inkpipe.server.guard import make_access
from inkpipe.server.request_limits import Limits
from inkpipe.server.settings import Settings
from inkpipe.serving.found_model import FoundModel

NORMAL = Limits()
URL = "http://127.0.0.1:8080"


@pytest.fixture(scope="session")
def recognizer():
    """A recognizer that needs no TensorFlow; its vocabulary is A, B and C."""
    return untrained_recognizer()


@pytest.fixture(scope="session")
def found(recognizer):
    """The model as the server finds it."""

    @contextmanager
    def opened():
        yield recognizer

    return FoundModel("tiny version 1", opened)


@pytest.fixture(scope="session")
def make_client(found):
    """A context with a client of a server that is ready: `make_client(find=, access=, limits=, log=)`."""

    @contextmanager
    def make(find=lambda: found, access=None, limits=NORMAL, poll=0.05, log=None):
        settings = Settings(access or make_access("127.0.0.1", (), None), DEFAULT_PICTURE_RULES, limits, poll, log)
        with TestClient(build_app(find, settings), URL, raise_server_exceptions=False) as client:
            yield client

    return make


@pytest.fixture(scope="session")
def wait_until():
    """Ask a server until it answers as expected: `wait_until(client, path, expected)`; the test's timeout bounds it."""

    def wait(client, path, expected):
        while not expected(client.get(path)):
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="module")
def client(make_client, wait_until):
    with make_client() as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        yield client
