import numpy as np
import pytest

from inkpipe.data.label_form import LabelForm
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.inspection.training import training_overrides, trial_images


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


def test_a_trial_has_eight_batches_of_noise_as_wide_as_the_images_with_labels_that_fit(seen, image, make_params):
    images = [image(0, 256, 32), image(1, 64, 32), image(2, fault="damaged", cropped={})]
    corpus = seen(["Bb", "aaaaaaaaaaaa", " "], images)
    trial = trial_images(corpus, LabelForm("upper", "NFC"), make_params(batch_size=1))  # 64 frames for 256 columns
    assert (trial.images.shape, trial.images.dtype) == ((8, 32, 256), np.uint8)
    assert (trial.images[:4, :, 64:] == 255).all()  # the narrow image first, then the wide one
    assert (trial.images[:4, :, :64] == trial.images[7, :, :64]).all()
    assert (trial.images[4:] == trial.images[7]).all()
    assert 120 < trial.images[7].mean() < 135
    assert trial.labels == ["BB"] * 4 + ["A" * 12] * 4
    assert trial.vocabulary == Vocabulary(("A", "B"), "upper", "NFC")


def test_a_trial_cuts_labels_to_half_of_the_frames_of_their_image(seen, image, make_params):
    corpus = seen(["A" * 40] * 2, [image(0, 64, 32), image(1, 128, 32)])
    labels = trial_images(corpus, LabelForm("upper", "NFC"), make_params(batch_size=1)).labels
    assert labels == ["A" * 8] * 4 + ["A" * 16] * 4
