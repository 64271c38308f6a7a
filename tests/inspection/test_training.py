import pytest

from inkpipe.inspection.training import training_overrides


def proposed(params, images, rate):
    """The proposals by name, and how often the machine was measured."""
    asked = []

    def speed(params):
        asked.append(params)
        return rate

    return {each.name: (each.value, each.reason) for each in training_overrides(params, images, speed)}, len(asked)


@pytest.fixture
def line(make_params):
    return make_params(data__source="folder", data__folder__path="lines", model__preset="line")


def test_so_many_epochs_are_proposed_as_the_machine_can_take(line):
    reason = "about {} minutes for 3,453 images, of which this machine trains {} a second"
    assert proposed(line, 3453, 1000.0) == ({"epochs": (58, reason.format(3, 1000))}, 1)
    assert proposed(line, 3453, 30.0) == ({"epochs": (26, reason.format(50, 30))}, 1)


def test_a_minute_is_the_least_that_is_named(line):
    assert proposed(line, 3453, 1e6)[0]["epochs"][1].startswith("about 1 minute for 3,453 images")


def test_a_slow_machine_still_gets_as_many_as_it_takes_to_learn_reading(line):
    epochs, reason = proposed(line, 3453, 5.0)[0]["epochs"]
    assert epochs == 15
    assert reason.startswith("about 173 minutes")


def test_a_machine_is_not_measured_for_a_training_of_minutes(line):
    assert proposed(line, 100, 0.0) == ({"epochs": (100, "100 training images are few")}, 0)


def test_few_images_are_given_in_smaller_batches(make_params):
    params = make_params(data__source="folder", data__folder__path="names")
    assert proposed(params, 4999, 1000.0)[0]["batch_size"][0] == 16
    assert "batch_size" not in proposed(params, 5000, 1000.0)[0]


def test_nothing_is_proposed_without_images(line):
    assert proposed(line, 0, 1000.0) == ({}, 0)
