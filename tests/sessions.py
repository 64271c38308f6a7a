"""The processes of a session: one that was started with `start_new_session`, and its descendants."""

import os
import signal
import time
from pathlib import Path


def session_members(session):
    """The processes of a session, without those that have ended and wait for their parent to notice."""
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and os.getsid(int(entry.name)) == session
            if ours and (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                yield int(entry.name)
        except (ProcessLookupError, FileNotFoundError):
            continue


def wait_until(condition, seconds):
    """Wait until a condition holds, at most so long; whether it does."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def ended(session):
    """Whether all processes of a session end soon."""
    return wait_until(lambda: not list(session_members(session)), seconds=20)


def assert_killed_without_survivors(process, moment, seconds):
    """Kill the first process of a session at a moment, and check that no other one outlives it.

    Args:
        process: started with `start_new_session`.
        moment: a condition that comes true while it works.
        seconds: to wait for that at most.
    """
    try:
        assert wait_until(moment, seconds)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert ended(process.pid)
    finally:
        for member in session_members(process.pid):
            os.kill(member, signal.SIGKILL)
        process.communicate()
