"""Small data sets in a directory or a .zip, and a service that serves one."""

import json
import threading
import zipfile
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

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
    """Answer with `status`, or break off after `cut` bytes of the body, or say nothing; a fault of nothing is none."""

    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b"upset"
    cut: int | None = None
    silent: bool = False
    etag: str | None = None  # what the archive's ETag becomes first


@dataclass
class KaggleStub:
    """A stand-in for Kaggle on loopback that behaves as the service does, and misbehaves on demand.

    The API answers a download request with 302 to a signed address on another host; storage serves the bytes with
    ETag and Last-Modified and honours Range with If-Range. Faults are played in turn, one a request, then all is well.
    """

    content: bytes
    etag: str = '"one"'
    api_faults: deque = field(default_factory=deque)
    storage_faults: deque = field(default_factory=deque)
    asked: list = field(default_factory=list)  # what the API was asked: (path, JSON, credentials)
    served: list = field(default_factory=list)  # what storage was asked: (Range, If-Range, credentials, status)
    ended: threading.Event = field(default_factory=threading.Event)

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

    def play(self, faults):
        """Play the next fault; it is returned if the handler has to do that itself."""
        fault = faults.popleft() if faults else None
        if fault and fault.etag:
            self.stub.etag = fault.etag
        if fault and fault.silent:
            self.stub.ended.wait()
        if fault and fault.status:
            self.answer(fault.status, fault.headers, fault.body)
        return fault


class _Api(_Handler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.stub.asked.append((self.path, asked, self.headers["Authorization"]))
        fault = self.play(self.stub.api_faults)
        if not fault or not (fault.status or fault.silent):
            self.answer(302, {"Location": self.stub.storage_address})


class _Storage(_Handler):
    def do_GET(self):
        fault = self.play(self.stub.storage_faults)
        content, asked = self.stub.content, self.headers["Range"]
        whole = not asked or self.headers["If-Range"] not in (None, self.stub.etag)
        status = fault.status if fault and fault.status else 200 if whole else 206
        self.stub.served.append((asked, self.headers["If-Range"], self.headers["Authorization"], status))
        if fault and (fault.status or fault.silent):
            return
        body = content if whole else content[int(asked.removeprefix("bytes=").removesuffix("-")) :]
        sent = body if fault is None else body[: fault.cut]
        headers = {"ETag": self.stub.etag, "Last-Modified": "Wed, 26 Mar 2025 00:00:00 GMT", "Accept-Ranges": "bytes"}
        self.answer(status, {**headers, "Content-Type": "application/zip", "Content-Length": str(len(body))}, sent)
        self.close_connection = True


@pytest.fixture
def kaggle_stub():
    return KaggleStub
