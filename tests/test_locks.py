import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.locks import FileLock

WORDS = ("The count cannot be kept.", "Make room.")  # problem and remedy


def test_one_holder_at_a_time_and_the_file_goes_with_the_lock(tmp_path):
    path = tmp_path / "folder" / "a.lock"
    lock = FileLock.try_acquire(path, *WORDS)
    assert path.exists()
    assert FileLock.try_acquire(path, *WORDS) is None
    lock.release()
    assert not path.exists()
    lock.release()
    again = FileLock.try_acquire(path, *WORDS)
    lock.release()  # it does not take the file of the next holder
    assert path.exists()
    again.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    path = tmp_path / "a.lock"
    code = (
        "import sys, time; from pathlib import Path; from inkpipe.locks import FileLock;"
        "lock = FileLock.acquire(Path(sys.argv[1]), '', ''); print('held', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    assert FileLock.try_acquire(path, *WORDS) is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert path.exists()
    lock = FileLock.try_acquire(path, *WORDS)
    assert lock
    lock.release()


def add(path, number):
    for _ in range(number):
        with FileLock.acquire(path.with_name("a.lock"), *WORDS):
            value = int(path.read_text())
            time.sleep(0)
            path.write_text(str(value + 1))


def test_processes_that_take_turns_lose_nothing(tmp_path):
    """Each holder removes the file that others wait for."""
    path = tmp_path / "count"
    path.write_text("0")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=add, args=(path, 200)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert path.read_text() == "800"


def test_a_block_that_fails_gives_the_lock_back_and_keeps_its_error(tmp_path):
    path, failed = tmp_path / "a.lock", OSError("of the block")
    with pytest.raises(OSError, match="of the block") as raised, FileLock.acquire(path, *WORDS) as lock:
        assert lock.path == path
        assert path.exists()
        raise failed
    assert raised.value is failed
    assert not path.exists()


@pytest.mark.parametrize("take", [FileLock.acquire, FileLock.try_acquire])
def test_a_lock_that_cannot_be_had_is_one_message(tmp_path, take):
    path = tmp_path / "a.lock"
    path.mkdir()
    with pytest.raises(InkpipeError) as refused:
        take(path, *WORDS)
    reason = f"[Errno 21] Is a directory: '{path}'"
    assert str(refused.value) == f"The count cannot be kept. Received: {reason} for {path}. Make room."
