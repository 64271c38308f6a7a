import threading
from contextlib import contextmanager

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.prediction import Prediction
from inkpipe.server.served_model import NotReadyError, ServedModel
from inkpipe.serving.found_model import FoundModel


class Registry:
    """Models by name; `serve` is the one to serve, and `open` lists those whose processes run."""

    def __init__(self):
        self.serve, self.open, self.swapped = "one", [], []

    def find(self):
        if self.serve == "gone":
            raise InkpipeError("No model is champion.")
        if self.serve == "replaced":
            raise FileNotFoundError(2, "No such file or directory", "recognizer.json")
        return FoundModel(self.serve, lambda name=self.serve: self.opened(name))

    @contextmanager
    def opened(self, name):
        self.open.append(name)
        try:
            yield Stub(name)
        finally:
            self.open.remove(name)


class Stub:
    def __init__(self, name):
        self.name = self.digest = name

    def recognize_each(self, images):
        if self.name == "broken":
            raise InkpipeError("It has ended.")
        yield from ((key, Prediction(self.name, 1.0)) for key, _ in images)


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def served(registry):
    return ServedModel(registry.find, lambda model: registry.swapped.append(model.version))


def test_before_the_first_model_it_is_not_ready(served):
    assert (served.version, served.fault) == (None, "It is being loaded.")
    with pytest.raises(NotReadyError), served.use():
        pass


def test_another_model_replaces_the_old_one_which_ends_with_its_last_request(served, registry):
    served.refresh()
    assert (served.version, served.fault, registry.open) == ("one", None, ["one"])
    with served.use() as model, served.use():
        registry.serve = "two"
        served.refresh()
        assert (served.version, registry.open) == ("two", ["one", "two"])
        assert next(model.recognizer.recognize_each([(0, b"")]))[1].text == "one"
    assert registry.open == ["two"]
    served.refresh()
    assert registry.swapped == ["one", "two"]
    served.close()
    assert (served.version, registry.open) == (None, [])


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("broken", "It has ended."),
        ("gone", "No model is champion."),
        ("replaced", "FileNotFoundError: [Errno 2] No such file or directory: 'recognizer.json'"),
    ],
)
def test_a_model_that_cannot_be_loaded_leaves_the_old_one_and_says_so_once(served, registry, caplog, name, fault):
    served.refresh()
    registry.serve = name
    for _ in range(3):
        served.refresh()
    assert (served.version, served.fault, registry.open) == ("one", fault, ["one"])
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == [
        f"The model cannot be loaded. {fault}"
    ]
    registry.serve = "two"
    served.refresh()
    assert (served.version, served.fault) == ("two", None)


def test_many_threads_use_it_while_it_changes(served, registry):
    served.refresh()
    faults = []

    def work():
        for _ in range(200):
            with served.use() as model:
                if model.version not in registry.open:
                    faults.append(model.version)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(50):
        registry.serve = str(number)
        served.refresh()
    for thread in threads:
        thread.join()
    assert (faults, registry.open) == ([], ["49"])
