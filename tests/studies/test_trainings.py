"""Cross-fitting and the learning curve with a model so small that an epoch takes a second."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.dataset.mixing import MixedImages
from inkpipe.dataset.records import write_records
from inkpipe.imaging import prepare
from inkpipe.params.train import MixParams
from inkpipe.studies import cross_fitting, nested_subsets
from inkpipe.studies.amount_of_data import measure_subset, write_learning_curve
from inkpipe.studies.cross_fitting import cross_fit
from inkpipe.studies.nested_subsets import Subset, train_subsets
from inkpipe.studies.power_law import fit_power_law
from inkpipe.studies.training_labels import SelectedSamples, judge_folds, labeled_samples
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings

VOCABULARY = Vocabulary(tuple("ABDENOV"))
NAMES = ("ANNA", "BOB", "DAN", "EVE")


@pytest.fixture
def params(make_params):
    small = {"model__crnn__channels": [4, 4, 8, 8], "model__crnn__recurrent_units": 8, "train__threads": 1}
    return make_params(epochs=1, batch_size=8, evaluate__bootstrap=20, **small)


@pytest.fixture
def samples(params, draw):
    return [(f"{i}.png", NAMES[i % 4], prepare(draw(NAMES[i % 4]), params.preprocess)) for i in range(16)]


@pytest.fixture
def data(samples, params):
    images = ArrayImages.of_texts([image for *_, image in samples], [text for _, text, _ in samples], VOCABULARY)
    return TrainingData(images, images, params.frames)


@pytest.fixture
def numbered(params):
    """Ten images whose pixels have their number."""
    pixels = np.arange(10, dtype=np.uint8)[:, None, None]
    images = ArrayImages(np.broadcast_to(pixels, (10, 2, 2)).copy(), [[1]] * 10)
    return TrainingData(images, images, params.frames)


@pytest.fixture
def mixed(numbered):
    """The same ten, and eight synthetic images with the numbers from 100 on."""
    pixels = np.arange(100, 108, dtype=np.uint8)[:, None, None]
    synthetic = ArrayImages(np.broadcast_to(pixels, (8, 2, 2)).copy(), [[1]] * 8)
    mix = MixParams(synthetic_fraction="auto", synthetic_epochs=0)
    return numbered._replace(train=MixedImages(numbered.train, synthetic, mix))


@pytest.fixture
def trainings(monkeypatch):
    """The numbers of the training images of an epoch, and the settings, of each training; none is carried out."""
    seen = []

    def train(data, vocabulary, settings, *, checkpoints):
        elements = data.train.elements().as_numpy_iterator()
        seen.append(([int(data.train.parse(element)[0][0, 0]) for element in elements], settings))
        return SimpleNamespace(model=f"model {len(seen)}")

    for module in (cross_fitting, nested_subsets):
        monkeypatch.setattr(module, "train", train)
    return seen


def test_each_fold_is_kept_from_the_training_of_its_model(numbered, trainings, params):
    settings = TrainingSettings.from_params(params)
    folds = list(cross_fit(numbered, VOCABULARY, settings, 3, [None] * 3))
    assert [fold.model for fold in folds] == ["model 1", "model 2", "model 3"]
    assert len(trainings) == 3
    for fold, (images, used) in zip(folds, trainings, strict=True):
        assert images == [i for i in range(10) if i not in fold.rows]
        assert used.decode.method == "greedy"


def test_each_subset_is_trained_with_as_many_steps_as_the_whole(numbered, trainings, params):
    subsets = [Subset(0.2, 5, [3, 8]), Subset(0.4, 6, [0, 1, 2, 9]), Subset(1.0, 5, range(10))]
    settings = TrainingSettings.from_params(params)
    trained = list(train_subsets(numbered, VOCABULARY, settings, subsets, [None] * 3))
    assert [(each.subset, each.model) for each in trained] == [
        (subset, f"model {number}") for number, subset in enumerate(subsets, 1)
    ]
    assert [images for images, _ in trainings] == [[3, 8] * 5, [0, 1, 2, 9, 0, 1, 2, 9, 0, 1], list(range(10))]
    assert [used.seed for _, used in trainings] == [5, 6, 5]
    assert {(used.epochs, used.decode.method) for _, used in trainings} == {(params.epochs, "greedy")}


def test_folds_are_of_real_images_and_each_model_has_the_synthetic_ones(mixed, trainings, params):
    folds = list(cross_fit(mixed, VOCABULARY, TrainingSettings.from_params(params), 2, [None] * 2))
    assert sorted(row for fold in folds for row in fold.rows) == list(range(10))
    for fold, (images, _) in zip(folds, trainings, strict=True):
        assert images[::2] == [i for i in range(10) if i not in fold.rows]
        assert images[1::2] == [100, 101, 102, 103, 104]  # as many as real ones; the next epoch goes on with 105


def test_subsets_are_of_real_images_and_each_model_has_the_synthetic_ones(mixed, trainings, params):
    subsets = [Subset(0.2, 5, [3, 8]), Subset(1.0, 5, range(10))]
    list(train_subsets(mixed, VOCABULARY, TrainingSettings.from_params(params), subsets, [None] * 2))
    part, whole = ([n for n in images if n < 100] for images, _ in trainings)
    assert (part, whole) == ([3, 8] * 5, list(range(10)))
    assert [[n for n in images if n >= 100] for images, _ in trainings] == [list(range(100, 108))] * 2
    assert trainings[1][0] == [int(image[0, 0]) for image, *_ in mixed.train.elements().as_numpy_iterator()]


def test_each_label_is_judged_by_the_model_of_its_fold(data, samples, params, tmp_path):
    settings, folders = TrainingSettings.from_params(params), [Checkpoints(tmp_path / str(i)) for i in range(2)]
    folds = list(cross_fit(data, VOCABULARY, settings, 2, folders))
    assert sorted(row for fold in folds for row in fold.rows) == list(range(16))
    first, second = (fold.model.network.get_weights() for fold in folds)
    assert any((one != other).any() for one, other in zip(first, second, strict=True))
    errors = judge_folds(samples, folds, "train", 8)
    assert {each.filename for each in errors} <= {name for name, *_ in samples}
    assert [each.score for each in errors] == sorted((each.score for each in errors), reverse=True)
    again = list(cross_fit(data, VOCABULARY, settings, 2, folders))  # goes on from the checkpoints: nothing to train
    assert judge_folds(samples, again, "train", 8) == errors


def test_a_learning_curve_is_trained_measured_and_written(data, samples, params, tmp_path):
    subsets = nested_subsets.nested_subsets(16, [0.25, 1.0], [params.seed])
    folders = [Checkpoints(tmp_path / str(i)) for i in range(2)]
    settings = TrainingSettings.from_params(params)
    measured = [
        measure_subset(subset, model, samples, params.evaluate, 1)
        for subset, model in train_subsets(data, VOCABULARY, settings, subsets, folders)
    ]
    assert [each.point.n for each in measured] == [4, 16]
    law = fit_power_law([each.point for each in measured], 20, 1)
    write_learning_curve(tmp_path / "curve", measured, law)
    assert sorted(path.name for path in (tmp_path / "curve").glob("[!.]*")) == [
        "learning_curve.csv", "learning_curve.json", "learning_curve.png",
    ]  # fmt: skip
    assert (tmp_path / "curve/learning_curve.csv").read_text().splitlines()[0].startswith("fraction,seed,n,cer,cer_low")
    assert json.loads((tmp_path / "curve/learning_curve.json").read_text())["n"] == 16
    assert cv2.imread(str(tmp_path / "curve/learning_curve.png")).shape == (544, 1536, 3)


def test_selected_samples_keep_their_order():
    samples = [(str(i), "A", np.zeros((2, 2), np.uint8)) for i in range(5)]
    chosen = SelectedSamples(samples, [1, 4])
    assert (len(chosen), [name for name, *_ in chosen]) == (2, ["1", "4"])


def test_synthetic_samples_beside_real_ones_are_not_judged(tmp_path):
    images = [(f"{i}.png", np.full((2, 2), i, np.uint8)) for i in range(9)]
    texts = {"train": ["ANNA"] * 7, "validation": ["BOB"] * 2}

    def names(split, **synthetic):
        shape = {"shape": (2, 2), "frames": 8, "images_per_shard": 2}
        records = write_records(tmp_path / "records", iter(images), texts, VOCABULARY, synthetic=synthetic, **shape)
        samples = labeled_samples(records, split)
        assert len(samples) == len(list(samples))
        return [name for name, *_ in samples]

    assert names("train", train=4) == ["0.png", "1.png", "2.png"]
    assert names("validation", train=4) == ["7.png", "8.png"]
    assert names("train") == [f"{i}.png" for i in range(7)]
