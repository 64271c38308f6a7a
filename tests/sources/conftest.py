"""Small data sets in a directory or a .zip, and a service that serves one."""

import json
import os
import random
import threading
import time
import zipfile
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from inkpipe.sources import open_source, write_corpus
from inkpipe.sources.kaggle import transfer as kaggle_transfer
from inkpipe.sources.kaggle.client import KaggleClient
from inkpipe.sources.kaggle.source import fetch

KAGGLE = {
    "written_name_train_v2.csv": b"FILENAME,IDENTITY\nTRAIN_2.jpg,NA\nTRAIN_1.jpg,ANNE\n",
    "written_name_validation_v2.csv": b"FILENAME,IDENTITY\nVALIDATION_1.jpg,\n",
    "written_name_test_v2.csv": b"FILENAME,IDENTITY\nTEST_1.jpg,LEA-MARIE\n",
    "train_v2/train/TRAIN_1.jpg": b"one",
    "train_v2/train/TRAIN_2.jpg": b"two",
    "validation_v2/validation/VALIDATION_1.jpg": b"three",
    "test_v2/test/TEST_1.jpg": b"four",
}


def write_zip(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_directory(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@pytest.fixture
def kaggle_files():
    return dict(KAGGLE)


@pytest.fixture
def as_zip(tmp_path):
    return lambda files, name="data.zip", **options: write_zip(tmp_path / name, files, **options)


@pytest.fixture(params=["directory", "zip"])
def as_data(request, tmp_path):
    """Write files as a directory and as a .zip, in turn."""
    if request.param == "zip":
        return lambda files: write_zip(tmp_path / "data.zip", files)
    return lambda files: write_directory(tmp_path / "data", files)


@dataclass(frozen=True)
class Fault:
    """Answer with `status`, break off after `cut` bytes of the body, or say nothing; an empty fault changes nothing."""

    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b"upset"
    cut: int | None = None
    silent: bool = False


@dataclass
class KaggleStub:
    """A stand-in for Kaggle on loopback that behaves as the service does, and misbehaves on demand.

    The API gives the number of the latest version, and answers a download request with 302 to a signed address on
    another host; storage serves the bytes with ETag and Last-Modified and honors Range with If-Range. Faults are
    played in turn, one a request of their kind, then all is well.
    """

    content: bytes
    etag: str = '"one"'
    latest: int | None = 3
    latest_faults: deque = field(default_factory=deque)
    api_faults: deque = field(default_factory=deque)
    storage_faults: deque = field(default_factory=deque)
    asked: list = field(default_factory=list)  # what the API was asked: (method, JSON, credentials)
    served: list = field(default_factory=list)  # what storage was asked: (Range, If-Range, credentials, status)
    ended: threading.Event = field(default_factory=threading.Event)

    def latest_fails(self, *args, **fault):
        self.latest_faults.append(Fault(*args, **fault))

    def api_fails(self, *args, **fault):
        self.api_faults.append(Fault(*args, **fault))

    def storage_fails(self, *args, **fault):
        self.storage_faults.append(Fault(*args, **fault))

    def __enter__(self):
        self._storage = _serve(_Storage, self)
        self._api = _serve(_Api, self)
        self.address = f"http://127.0.0.1:{self._api.server_port}"
        self.storage_address = f"http://localhost:{self._storage.server_port}/archive.zip?X-Goog-Signature=secret"
        return self

    def __exit__(self, *_):
        self.ended.set()
        for server in (self._api, self._storage):
            server.shutdown()
            server.server_close()


def _serve(handler, stub):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"stub": stub}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def pop(faults):
    return faults.popleft() if faults else None


class _Handler(BaseHTTPRequestHandler):
    stub: KaggleStub

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def play(self, fault):
        """Answer in place of the handler if the fault has an answer of its own; whether it has."""
        if fault and fault.silent:
            self.stub.ended.wait()
        elif fault and fault.status:
            self.answer(fault.status, fault.headers, fault.body)
        else:
            return False
        return True


class _Api(_Handler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service, method = self.path.rsplit("/", 1)
        assert (service, self.headers["Range"]) == ("/v1/datasets.DatasetApiService", None)
        self.stub.asked.append((method, asked, self.headers["Authorization"]))
        if self.play(pop(self.stub.latest_faults if method == "GetDataset" else self.stub.api_faults)):
            return
        if method == "GetDataset":
            dataset = {"ref": "landlord/handwriting-recognition", "currentVersionNumber": self.stub.latest}
            self.answer(200, {"Content-Type": "application/json"}, json.dumps(dataset).encode())
        else:
            self.answer(302, {"Location": self.stub.storage_address})


class _Storage(_Handler):
    def do_GET(self):
        fault = pop(self.stub.storage_faults)
        content, asked = self.stub.content, self.headers["Range"]
        whole = not asked or self.headers["If-Range"] not in (None, self.stub.etag)
        start = 0 if whole else int(asked.removeprefix("bytes=").removesuffix("-"))
        status = fault.status if fault and fault.status else 200 if whole else 206 if start < len(content) else 416
        # Before the answer, after which the client may go on at once.
        self.stub.served.append((asked, self.headers["If-Range"], self.headers["Authorization"], status))
        if self.play(fault):
            return
        body = content[start:]
        sent = body if fault is None else body[: fault.cut]
        headers = {"ETag": self.stub.etag, "Last-Modified": "Wed, 26 Mar 2025 00:00:00 GMT", "Accept-Ranges": "bytes"}
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.answer(status, {**headers, "Content-Type": "application/zip", "Content-Length": str(len(body))}, sent)
        self.close_connection = True


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts in seconds, without waiting."""
    seconds = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


@pytest.fixture
def no_account(monkeypatch, tmp_path):
    """No credentials, neither in the environment nor at home."""
    for name in [name for name in os.environ if name.startswith("KAGGLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("http_proxy", raising=False)


@pytest.fixture
def service(no_account, pauses, monkeypatch, as_zip, kaggle_files):
    from kaggle import api  # authenticates: late, and with nobody's credentials
    from kagglesdk import kaggle_env

    monkeypatch.setattr(api, "config_values", {})
    monkeypatch.setattr(kaggle_transfer, "CHUNK_BYTES", 1000)
    noise = {f"train_v2/train/NOISE_{i}.jpg": random.Random(i).randbytes(100_000) for i in range(5)}
    kaggle_files["written_name_train_v2.csv"] += b"".join(b"NOISE_%d.jpg,N\n" % i for i in range(5))
    with KaggleStub(as_zip(kaggle_files | noise).read_bytes()) as stub:
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, stub.address)
        yield stub


@pytest.fixture
def params(make_params, tmp_path):
    def make(**values):
        timeout = values.pop("timeout_seconds", 5.0)
        values = {f"data__kaggle__{name}": value for name, value in {"version": 3, **values}.items()}
        runtime = {"runtime__kaggle_cache": str(tmp_path / "cache"), "runtime__kaggle_timeout_seconds": timeout}
        return make_params(data__source="kaggle", **runtime, **values)

    return make


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def cached(cache):
    """The names of the files in the cache."""
    return lambda: sorted(path.name for path in cache.rglob("*") if path.is_file())


@pytest.fixture
def fetched(cache):
    """The bytes that a fetch gives."""
    return lambda params: fetch(as_client(params), cache).read_bytes()


@pytest.fixture
def client(params):
    """The client for a data set."""
    return lambda **values: as_client(params(**values))


def as_client(params):
    return KaggleClient(params.data.kaggle, params.runtime.kaggle_timeout_seconds)


@pytest.fixture
def open_params():
    """The source that params name."""
    return lambda params: open_source(params.data, params.synthetic, params.runtime, params.seed)


@pytest.fixture
def download(open_params, tmp_path):
    """Bring the source that some params name into `raw`, or another folder."""
    return lambda params, name="raw": write_corpus(open_params(params), tmp_path / name)
