import multiprocessing
import os
import signal
import subprocess
import sys
import time

from inkpipe.locks import FileLock, locked


def test_one_holder_at_a_time_and_the_file_goes_with_the_lock(tmp_path):
    path = tmp_path / "folder" / "a.lock"
    lock = FileLock.try_acquire(path)
    assert path.exists()
    assert FileLock.try_acquire(path) is None
    lock.release()
    assert not path.exists()
    lock.release()
    again = FileLock.try_acquire(path)
    lock.release()  # it does not take the file of the next holder
    assert path.exists()
    again.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    path = tmp_path / "a.lock"
    code = (
        "import sys, time; from pathlib import Path; from inkpipe.locks import FileLock;"
        "lock = FileLock.acquire(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    assert FileLock.try_acquire(path) is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert path.exists()
    lock = FileLock.try_acquire(path)
    assert lock
    lock.release()


def add(path, number):
    for _ in range(number):
        with locked(path.with_name("a.lock")):
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
