"""A review of a few images, read by a stand-in for a model."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.imaging import UnreadableImage
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.review.database import open_review
from inkpipe.review.desk import build_desk
from inkpipe.review.given_data import GivenImage
from inkpipe.review.intake import recognize, take_in
from inkpipe.review.work import Answer, Reviewer
from inkpipe.server.guard import make_access

URL = "http://127.0.0.1:8081"
ANNA, BEN = Reviewer("Anna", "session-of-anna"), Reviewer("Ben", "session-of-ben")


def png(number):
    """An image that no other number has."""
    return cv2.imencode(".png", np.full((8, 16 + number), 255, np.uint8))[1].tobytes()


class StandIn:
    """A recognizer that has an answer ready for each image, by the number of `png`."""

    vocabulary = Vocabulary(tuple("ABC"))

    def __init__(self, answers, digest="d1"):
        self._answers = {png(number): answer for number, answer in answers.items()}
        self.digest = digest
        self.read = 0

    def recognize_each(self, images):
        for key, content in images:
            self.read += 1
            answer = self._answers.get(content, UnreadableImage("Not an image."))
            if isinstance(answer, UnreadableImage):
                yield key, answer
                continue
            text, confidence = answer
            alternatives = (Alternative(text, confidence, 0.0), Alternative(f"{text}B", 0.01, -1.0))
            yield key, Prediction(text, confidence, (confidence,) * len(text), alternatives)

    def log_ratios(self, images, texts, others):
        # a label with C is as likely as the text, each other one less so by its length
        return np.array([-1.0 if "C" in other else 3.0 * len(other) for other in others])


class Data(list):
    """Given data without transcripts."""

    def transcripts(self):
        return iter(())


# name, prediction, confidence; the order of confidence is 3 2 5 1 4
TEXTS = {1: ("A", 0.8), 2: ("AB", 0.4), 3: ("B", 0.3), 4: ("ABA", 0.99), 5: ("BA", 0.6)}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "forms.review.sqlite"


@pytest.fixture
def fill():
    """Fill a review: `fill(path, texts=, labels=, digest=)`."""

    def filled(path, texts=TEXTS, labels=None, digest="d1", **given):
        labels = labels or {}
        with open_review(path, create=True) as database:
            images = [GivenImage(f"{number}.png", png(number), labels.get(number), **given) for number in texts]
            take_in(database, Data(images))
            recognize(database, StandIn(texts, digest), f"inkpipe version {digest[1:]}", ())

    return filled


@pytest.fixture
def database(file, fill):
    """A review of five images."""
    fill(file)
    with open_review(file) as database:
        yield database


@pytest.fixture
def make_client():
    """A context with a client of a desk: `make_client(database, access=)`."""

    @contextmanager
    def made(database, access=None):
        app = build_desk(database, access or make_access("127.0.0.1", (), None))
        with TestClient(app, URL, raise_server_exceptions=False) as client:
            yield client

    return made


@pytest.fixture
def client(database, make_client):
    with make_client(database) as client:
        yield client


@pytest.fixture
def answer():
    """An answer: `answer(image, text)`; None is unreadable, `...` skips."""

    def made(image, text=None, queue="confidence", key=None, seconds=2.0):
        said = None if text is ... else text
        unreadable = text is None
        return Answer(image, said, unreadable, queue, key or f"key-of-image-{image}", seconds)

    return made


@pytest.fixture
def desk_process():
    """A context with the address and the process of a desk of its own: `desk_process(path)`."""

    @contextmanager
    def running(path):
        command = [sys.executable, str(Path(__file__).with_name("desk_process.py")), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield f"http://127.0.0.1:{int(process.stdout.readline())}", process
            finally:
                process.kill()

    return running
