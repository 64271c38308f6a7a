"""A server in a process of its own, as `inkpipe serve` runs one: `server_process.py MODEL`. It prints its port.

The process behind its recognizer answers each image with its own process id, after half a second.
"""

import sys
from functools import partial
from pathlib import Path

from inkpipe.server.app import build_app
from inkpipe.server.guard import make_access
from inkpipe.server.run import bind, serve
from inkpipe.server.settings import Settings
from inkpipe.serving.found_model import FoundModel
from inkpipe.serving.processes import Task, recognizer_processes

PROGRAM = """
import json, os, sys, time
for line in iter(sys.stdin.buffer.readline, b""):
    images = [sys.stdin.buffer.read(size) for size in json.loads(line)]
    time.sleep(0.5)
    print(json.dumps([[str(os.getpid()), 0.5] for _ in images]), flush=True)
"""

if __name__ == "__main__":
    task = Task((sys.executable, "-c", PROGRAM), 1, "It has ended", "Try again.")
    found = FoundModel("stand-in", partial(recognizer_processes, task, Path(sys.argv[1])))
    with bind("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(build_app(lambda: found, Settings(make_access("127.0.0.1", (), None), ())), listener)
