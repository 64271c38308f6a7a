"""Measure `inkpipe serve` on loopback under load, beside Keras' `model.predict` in the same run.

    python benchmarks/serving.py --images FOLDER [--model data/recognizer] [--requests 10000]

Each request is an upload of one image. Clients are processes that send the next request when the last is answered. The
memory is that of the server and its processes together (shared pages counted once for each), after a hundredth of the
requests and after all. Clients and server share the cores, and the load of the machine before the run is printed:
where it is not near zero, only the milliseconds of the processor count; they are those of server or Keras alone.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

MIB = 1 << 20
BOUNDARY = "inkpipe"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'.encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()
KERAS_IMAGES = 200  # of the row of Keras, which takes 50 times as long for each


class Client(NamedTuple):
    """What one client sends, and where."""

    port: int
    files: Sequence[Path]
    requests: int


def send(client: Client) -> list[float]:
    """Send requests one after the other; seconds that each took."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    seconds = []
    for number in range(client.requests):
        body = HEAD + client.files[number % len(client.files)].read_bytes() + END
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        started = time.perf_counter()
        connection.request("POST", "/recognize", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        seconds.append(time.perf_counter() - started)
        if answer.status != 200:
            raise SystemExit(f"The server answered with {answer.status}. Received: {content[:200]!r}.")
    return seconds


def predict_with_keras(model: Path, files: Sequence[Path]) -> tuple[list[float], float]:
    """Seconds for each image, as one would recognize it with Keras alone, and seconds of the processor for all.

    The first image, at which Keras compiles, is left out.
    """
    from inkpipe.imaging import decode, prepare
    from inkpipe.model.artifacts import load_model
    from inkpipe.model.ocr import as_input

    loaded = load_model(model)
    seconds, processor = [], 0.0
    for number in range(KERAS_IMAGES + 1):
        data = files[number % len(files)].read_bytes()
        started = time.perf_counter()
        image = prepare(decode(data), loaded.preprocess)[None]
        loaded.model.decoder.decode(loaded.model.network.predict(as_input(image), verbose=0))
        seconds.append(time.perf_counter() - started)
        processor = processor or time.process_time()
    return seconds[1:], time.process_time() - processor


def taken(server: psutil.Process) -> tuple[float, float]:
    """MiB and seconds of the processor of a process and its descendants."""
    processes = (server, *server.children(recursive=True))
    mib = sum(each.memory_info().rss for each in processes) / MIB
    return mib, sum(sum(each.cpu_times()[:2]) for each in processes)


def row(name: str, clients: int, seconds: Sequence[float], wall: float, processor: float, mib: str = "") -> None:
    """Print a row of the table."""
    shown = " | ".join(f"{1000 * float(np.percentile(seconds, each)):.1f}" for each in (50, 90, 99, 100))
    rates = f"{len(seconds) / wall:,.0f} | {1000 * processor / len(seconds):.1f}"
    print(f"| {name} | {clients} | {len(seconds):,} | {shown} | {rates} | {mib} |", flush=True)


def load(port: int, server: psutil.Process, files: Sequence[Path], requests: int, clients: int) -> None:
    """Send requests by clients at the same time, and print their row."""
    with ProcessPoolExecutor(clients, get_context("spawn")) as pool:
        client = Client(port, files, max(requests // clients // 100, 1))
        list(pool.map(send, [client] * clients))  # the processes of clients and server start
        before, processor = taken(server)
        started = time.perf_counter()
        parts = list(pool.map(send, [client._replace(requests=requests // clients)] * clients))
        wall = time.perf_counter() - started
    after, total = taken(server)
    seconds = list(chain.from_iterable(parts))
    row("`inkpipe serve`", clients, seconds, wall, total - processor, f"{before:.0f} to {after:.0f}")


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="folder of JPEG files, each of one text line")
    parser.add_argument("--model", type=Path, default=Path("data/recognizer"), help="folder of a promoted model")
    parser.add_argument("--requests", type=int, default=10_000, help="of the four clients; one client sends a tenth")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    files = sorted(arguments.images.rglob("*.jpg"))
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}, cores: {len(os.sched_getaffinity(0))}\n")
    print("| program | clients | images | p50 ms | p90 | p99 | largest | images/s | processor ms an image | MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    command = [sys.executable, "-m", "inkpipe", "serve", "--model", str(arguments.model), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            port = int(process.stdout.readline().split()[0].rpartition(":")[2])
            while not ready(port):
                time.sleep(0.1)
            server = psutil.Process(process.pid)
            load(port, server, files, arguments.requests // 10, 1)
            load(port, server, files, arguments.requests, 4)
        finally:
            process.terminate()
    seconds, processor = predict_with_keras(arguments.model, files)
    row("Keras `model.predict`, in Python", 1, seconds, sum(seconds), processor)


def ready(port: int) -> bool:
    """Whether the model of a server is up."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/readyz")
    return connection.getresponse().status == 200


if __name__ == "__main__":
    main()
