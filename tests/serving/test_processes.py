import os
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import model_digest
from inkpipe.model.prediction import Prediction
from inkpipe.serving import Recognizer, processes
from inkpipe.serving.processes import CODE, recognizer_processes, recognizer_task
from inkpipe.serving.worker import Task

pytest_plugins = ["tests.tiny"]

NOWHERE = Path("nowhere")  # no model's folder
# A stand-in for `recognizer_process.py`: the text of an image is its process, and the confidence how many images its
# batch has. It waits at an image `wait`, ends at `end`, cannot read `bad`, and is killed at `kill` in the middle of its
# answer, at `once` the first time only, and always if it is started with a file that says so.
PROGRAM = """
import json, os, pathlib, signal, sys, time

def killed(image):
    if image == b"once" and not pathlib.Path("once").exists():
        return not pathlib.Path("once").touch()
    return image == b"kill" or pathlib.Path("always").exists()

for line in iter(sys.stdin.buffer.readline, b""):
    images = [sys.stdin.buffer.read(size) for size in json.loads(line)]
    if b"end" in images:
        sys.exit("no memory left")
    if any(map(killed, images)):
        print("[[", end="", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if b"wait" in images:
        time.sleep(0.5)
    answers = [[str(os.getpid()), len(images)] if image != b"bad" else "unreadable" for image in images]
    print(json.dumps(answers), flush=True)
"""


def stand_in(count):
    return Task((sys.executable, "-c", PROGRAM), count, "It has ended", "Try again.")


def test_images_are_answered_in_their_order_by_several_processes(monkeypatch):
    monkeypatch.setattr(processes, "BATCH", 2)
    images = [(number, b"wait" if number in (0, 5) else b"image") for number in range(9)]
    with recognizer_processes(stand_in(2), NOWHERE) as recognizer:
        results = list(recognizer.recognize_each(images))
    assert [key for key, _ in results] == list(range(9))
    assert [result.confidence for _, result in results] == [2] * 8 + [1]
    assert len({result.text for _, result in results}) == 2


def test_threads_share_the_processes_and_each_gets_its_own_results(monkeypatch):
    monkeypatch.setattr(processes, "BATCH", 2)

    def recognize(number):
        images = [((number, place), b"wait" if not place else b"image") for place in range(5)]
        return list(recognizer.recognize_each(images))

    with recognizer_processes(stand_in(2), NOWHERE) as recognizer:
        with ThreadPoolExecutor(6) as threads:
            received = list(threads.map(recognize, range(6)))
        assert len(recognizer._started) == 2
    assert [[key for key, _ in results] for results in received] == [
        [(number, place) for place in range(5)] for number in range(6)
    ]
    assert len({result.text for results in received for _, result in results}) == 2


def test_one_batch_takes_one_process():
    with recognizer_processes(stand_in(4), NOWHERE) as recognizer:
        assert (
            len(list(recognizer.recognize_each((number, b"image") for number in range(processes.BATCH))))
            == processes.BATCH
        )
        assert len(recognizer._started) == 1


def test_memory_is_bounded_by_the_batches_ahead(monkeypatch):
    monkeypatch.setattr(processes, "BATCH", 2)
    taken = []

    def stream():
        for number in range(100):
            taken.append(number)
            yield number, b"image"

    with recognizer_processes(stand_in(2), NOWHERE) as recognizer:
        results = recognizer.recognize_each(stream())
        next(results)
        assert len(taken) == 2 * processes.AHEAD * 2
        results.close()


def test_large_images_go_in_smaller_batches(monkeypatch):
    monkeypatch.setattr(processes, "BATCH_BYTES", 10)
    images = list(enumerate([b"12345", b"12345", b"1", UnreadableImage("Gone."), b"123456789", b"1"]))
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        results = [result for _, result in recognizer.recognize_each(images) if isinstance(result, Prediction)]
    assert [result.confidence for result in results] == [2, 2, 2, 2, 1]


def test_what_is_no_image_is_not_sent_and_what_is_unreadable_says_why():
    missing = UnreadableImage("No such file.")
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        results = dict(recognizer.recognize_each([("a", b"image"), ("gone", missing), ("bad", b"bad")]))
    assert results["a"].confidence == 2
    assert (results["gone"], str(results["bad"])) == (missing, "unreadable")


def test_a_process_that_ends_is_one_error_with_the_reason():
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        for _ in range(2):  # the second time another process ends
            with pytest.raises(InkpipeError, match=r"^It has ended\. Received: no memory left Try again\.$"):
                list(recognizer.recognize_each([("a", b"end")]))


KILLED = "A process that recognizes images was ended. Received: signal 9 (Killed). Systems kill processes when memory"


def recognize_among_others(image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = [(number, image if number == 4 else b"image") for number in range(9)]
    with recognizer_processes(stand_in(2), NOWHERE) as recognizer:
        return dict(recognizer.recognize_each(images))


def test_a_process_that_is_killed_costs_no_image_its_result(tmp_path, monkeypatch, capsys):
    results = recognize_among_others(b"once", tmp_path, monkeypatch)
    assert list(results) == list(range(9))
    assert all(isinstance(result, Prediction) for result in results.values())
    assert capsys.readouterr().out == (
        "A process that recognizes images was ended by signal 9 (Killed); others take over its images.\n"
    )


def test_an_image_that_kills_each_process_is_unreadable_and_the_others_get_their_results(tmp_path, monkeypatch):
    results = recognize_among_others(b"kill", tmp_path, monkeypatch)
    assert list(results) == list(range(9))
    assert str(results.pop(4)).startswith(KILLED)
    assert all(isinstance(result, Prediction) for result in results.values())


def test_processes_that_are_killed_whatever_the_image_are_one_error(tmp_path, monkeypatch):
    (tmp_path / "always").touch()
    with pytest.raises(InkpipeError, match=re.escape(KILLED)):
        recognize_among_others(b"image", tmp_path, monkeypatch)


def test_a_process_that_is_killed_between_two_batches_is_replaced():
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        ((_, first),) = recognizer.recognize_each([("a", b"image")])
        os.kill(int(first.text), signal.SIGKILL)
        ((_, second),) = recognizer.recognize_each([("a", b"image")])
    assert second.text != first.text


def test_a_process_that_has_ended_leaves_no_file_open():
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            with pytest.raises(InkpipeError, match="It has ended"):
                list(recognizer.recognize_each([("a", b"end")]))
        assert recognizer._started == []
        assert len(list(Path("/proc/self/fd").iterdir())) <= before - 3  # two pipes and the log of the first process


def test_the_environment_is_the_one_of_the_task():
    program = "import os, sys; sys.exit(repr(sorted(os.environ)))"
    task = Task((sys.executable, "-S", "-c", program), 1, "It", "x", {"ONLY": "1"})
    with (
        recognizer_processes(task, NOWHERE) as recognizer,
        pytest.raises(InkpipeError, match=r"\['LC_CTYPE', 'ONLY'\]"),
    ):
        list(recognizer.recognize_each([("a", b"image")]))


def test_a_process_that_cannot_start_is_one_error_with_the_reason(tmp_path):
    with (
        recognizer_processes(recognizer_task(tmp_path, CODE), NOWHERE) as recognizer,
        pytest.raises(InkpipeError, match=r"process .* has ended\. Received: .*is not a model.*Check the model in"),
    ):
        list(recognizer.recognize_each([("a", b"image")]))


def test_no_process_stays_behind():
    with recognizer_processes(stand_in(1), NOWHERE) as recognizer:
        ((_, result),) = recognizer.recognize_each([("a", b"image")])
    with pytest.raises(ProcessLookupError):
        os.kill(int(result.text), 0)


def test_a_model_is_recognized_with_by_processes_as_by_itself(light_model, draw, jpeg):
    images = [(text, jpeg(draw(text))) for text in ("A", "ABBA", "CAB")]
    expected = dict(Recognizer.load(light_model, threads=1, alternatives=2).recognize_each(images))
    with recognizer_processes(recognizer_task(light_model, CODE, alternatives=2), light_model) as recognizer:
        received = dict(recognizer.recognize_each(images))
        assert (recognizer.digest, recognizer.vocabulary.characters) == (model_digest(light_model), ("A", "B", "C"))
    assert received == expected
    assert all(isinstance(each, Prediction) and len(each.alternatives) == 2 for each in received.values())
