from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import with_values

from inkpipe.data.language_model import build_language_model
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.dataset.mixing import MixedImages
from inkpipe.errors import InkpipeError
from inkpipe.imaging import prepare, prepared_shape
from inkpipe.model.artifacts import load_initialization, load_model, save_model
from inkpipe.model.body import body_layers
from inkpipe.model.decoding import Knowledge
from inkpipe.model.decoding.fit import LENGTH_BONUSES, LM_WEIGHTS
from inkpipe.model.fine_tuning import InitialModel
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.training import train as module
from inkpipe.training.callbacks import Resume
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, train, training_key

VOCABULARY = Vocabulary(tuple("ABDEFGIJLNORSTU"))
SMALL = {"model__crnn__channels": [4, 4, 8, 8], "model__crnn__recurrent_units": 8}


def weights(result):
    return [array.tobytes() for array in result.model.network.get_weights()]


def test_two_trainings_have_the_same_bytes_and_each_epoch_is_reported(small, run):
    reported = []
    first = run(small(epochs=2), on_epoch=lambda epoch, _: reported.append(epoch))
    second = run(small(epochs=2))
    assert weights(first) == weights(second)
    assert first.history == second.history == reported
    assert [epoch.epoch for epoch in reported] == [1, 2]


def test_a_stopped_training_resumes_at_its_true_epoch_and_ends_as_if_it_had_not_been_stopped(small, run, tmp_path):
    whole = run(small())

    def stop_after_the_second(epoch, _):
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    checkpoints = Checkpoints(tmp_path / "state")
    checkpoints.note_run("run1")
    with pytest.raises(KeyboardInterrupt):
        run(small(), checkpoints=checkpoints, on_epoch=stop_after_the_second)
    reported = []
    resumed = run(small(), checkpoints=checkpoints, on_epoch=lambda epoch, _: reported.append(epoch.epoch))
    assert reported[0] == 3
    assert resumed.history == whole.history
    assert weights(resumed) == weights(whole)
    assert checkpoints.load().run_id == "run1"


def test_a_training_that_early_stopping_ended_is_not_trained_further(small, run, tmp_path):
    """Such as one that was stopped while its decoder was fitted."""
    params = small(epochs=8, train__early_stopping_patience=1, lr=0.000001)
    checkpoints = Checkpoints(tmp_path / "state")
    ended = run(params, checkpoints=checkpoints)
    assert len(ended.history) < 8
    again = run(params, checkpoints=checkpoints, on_epoch=lambda epoch, _: pytest.fail(f"trained {epoch}"))
    assert again.history == ended.history
    assert weights(again) == weights(ended)


def test_a_finished_training_that_was_not_removed_is_taken_as_it_is(small, run, tmp_path):
    checkpoints = Checkpoints(tmp_path / "state")
    first = run(small(epochs=1), checkpoints=checkpoints)
    reported = []
    again = run(small(epochs=1), checkpoints=checkpoints, on_epoch=lambda epoch, _: reported.append(epoch))
    assert reported == []
    assert again.history == first.history
    assert weights(again) == weights(first)


def test_other_settings_data_or_vocabulary_have_another_key(small):
    class FakeRecords:
        def __init__(self, digest):
            self.digest = lambda: digest

    def key(digest="one", vocabulary=VOCABULARY, **values):
        return training_key(FakeRecords(digest), vocabulary, TrainingSettings.from_params(small(**values)))

    assert key() == key()
    other_vocabulary = Vocabulary(tuple("ABC"))
    started = training_key(
        FakeRecords("one"), VOCABULARY, TrainingSettings.from_params(small()), InitialModel("champion", "digest")
    )
    others = [
        started,
        key("two"),
        key(vocabulary=other_vocabulary),
        key(lr=0.01),
        key(seed=1),
        key(augment__enabled=False),
    ]
    assert len({key(), *others}) == 1 + len(others)


def test_other_code_has_another_key(small, tmp_path, monkeypatch):
    records = type("FakeRecords", (), {"digest": lambda self: "one"})()

    def key():
        return training_key(records, VOCABULARY, TrainingSettings.from_params(small()))

    monkeypatch.setattr(module.inkpipe, "__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "augment.py").write_text("LEAST = 1")
    before = key()
    (tmp_path / "augment.py").write_text("LEAST = 2")
    changed = key()
    (tmp_path / "augment.py").rename(tmp_path / "warp.py")
    assert len({before, changed, key()}) == 3


def test_the_decoder_is_no_part_of_the_key(small):
    records = type("FakeRecords", (), {"digest": lambda self: "one"})()
    settings = [
        TrainingSettings.from_params(small(**values))
        for values in ({}, {"decode__method": "greedy"}, {"decode__width": 3}, {"decode__lm_weight": 0.5})
    ]
    assert len({training_key(records, VOCABULARY, each) for each in settings}) == 1


def test_the_decoder_is_fitted_on_the_validation_images_and_used_from_then_on(small, data, tmp_path):
    params = small(epochs=1)
    language_model = build_language_model(("ANNA", "BOB", "FIONA", "JULES"), VOCABULARY, params.language_model)
    settings, checkpoints = TrainingSettings.from_params(params), Checkpoints(tmp_path / "state")
    options = {"knowledge": Knowledge(language_model), "checkpoints": checkpoints}
    result = train(data(params), VOCABULARY, settings, **options)
    assert result.decoder.images == 8
    assert result.model.decode == result.decoder.params
    assert "auto" not in result.decoder.params.model_dump().values()
    assert result.model.knowledge.language_model is language_model
    again = train(data(params), VOCABULARY, settings, **options)  # resumed after its only epoch
    assert again.decoder == result.decoder


def test_no_validation_image_is_named_before_any_epoch(small, data):
    params = small(epochs=1)
    whole, reported = data(params), []
    empty = whole._replace(validation=ArrayImages(whole.validation.images[:0], []))
    settings = TrainingSettings.from_params(params)
    with pytest.raises(InkpipeError, match=r"There is no validation image, .* Received: 0 images"):
        train(empty, VOCABULARY, settings, on_epoch=lambda epoch, _: reported.append(epoch))
    assert reported == []


@pytest.mark.parametrize("loss", ["ctc", "hybrid", "cross_entropy"])
def test_a_label_far_longer_than_its_image_can_be_learned(small, data, draw, loss):
    """Bucketing cuts a batch to its ink, and a wrong label may need more frames than are left."""
    params = small(epochs=1, batch_size=2, train__loss=loss)
    texts, wrong = ["I", "J", "JULESANDFIONA", "RITA"], "JULESANDFIONA"
    images = [prepare(draw(text), params.preprocess) for text in texts]
    some = ArrayImages.of_texts(images, [wrong, *texts[1:]], VOCABULARY)
    result = train(TrainingData(some, some, params.frames), VOCABULARY, TrainingSettings.from_params(params))
    assert len(result.history) == 1


def test_the_number_of_workers_does_not_change_the_key(small):
    settings = [TrainingSettings.from_params(small(runtime__workers=name)) for name in ("local", "dask://host:1")]
    assert settings[0] == settings[1]


def test_the_weights_kept_are_those_of_the_best_epoch(small, run, monkeypatch):
    saved = []
    original = Resume.on_epoch_end

    def spied(self, epoch, logs=None):
        original(self, epoch, logs)
        saved.append([array.tobytes() for array in self.model.network.get_weights()])

    monkeypatch.setattr(Resume, "on_epoch_end", spied)
    result = run(small(epochs=3))
    best = min(range(3), key=lambda i: (result.history[i].val_cer, result.history[i].val_loss))
    assert weights(result) == saved[best]


def test_given_weights_alone_are_used_as_they_are(small, run, tmp_path):
    first = run(small(epochs=1))
    path = tmp_path / "first.weights.h5"
    first.model.network.save_weights(path)
    again = run(small(epochs=0, train__init_from=str(path)), initial=InitialModel.load(path, str(path)))
    assert weights(again) == weights(first)
    assert list(again.history) == []


def test_training_can_start_from_given_weights(small, run, tmp_path):
    first = run(small(epochs=1))
    path = tmp_path / "first.weights.h5"
    first.model.network.save_weights(path)
    second = run(small(epochs=1, train__init_from=str(path)), initial=InitialModel.load(path, str(path)))
    assert second.history[0].loss < first.history[0].loss
    assert second.initialization.describe() == "15 characters kept"


def test_a_diverged_training_says_so(small, run):
    with pytest.raises(InkpipeError, match=r"diverged in epoch 1. Received: loss .* Lower `lr`"):
        run(small(epochs=2, lr=1e30, train__optimizer="sgd", train__clip_norm=0.0))


def test_a_start_that_is_named_but_not_given_is_refused(small, run):
    with pytest.raises(InkpipeError, match=r"train\(\) was not given. Received: champion. .*initial_model"):
        run(small(train__init_from="champion"))


@pytest.fixture(scope="module")
def first(request, tmp_path_factory):
    """The folder of a small model for another alphabet: without U, with X."""
    params = with_values(**SMALL, model__crnn__recurrent_layers=1)
    vocabulary = Vocabulary(tuple("ABDEFGIJLNORSTX"))
    network = build_network(params.model, (32, 256), params.frames, vocabulary.classes)
    folder = tmp_path_factory.mktemp("first")
    save_model(folder, CTCOCRModel(network, vocabulary, params.decode), params.preprocess)
    return folder


def test_few_validation_images_leave_the_decoder_its_numbers(small, run, first, monkeypatch, capsys):
    fitted = small(decode__lm_weight=0.35, decode__length_bonus=0.3, decode__temperature=1.5).decode
    initial = replace(InitialModel.load(first, "first"), decode=fitted)
    model = build_language_model(["ADA", "ROSE"], VOCABULARY, small().language_model, print)

    def numbers(**values):
        params = small(epochs=0, train__init_from="first", model__crnn__recurrent_layers=1, **values)
        decode = run(params, initial=initial, knowledge=Knowledge(model)).decoder.params
        return decode.lm_weight, decode.length_bonus, decode.temperature

    assert numbers() == (0.35, 0.3, 1.5)
    assert "8 validation images are too few to fit a decoder (less than 200)" in capsys.readouterr().out
    run(
        small(epochs=0, train__init_from="first", model__crnn__recurrent_layers=1),
        initial=replace(initial, decode=None),
    )
    notice = "lm_weight, length_bonus, temperature may be far from what suits other images"
    assert notice in capsys.readouterr().out
    other_method = replace(initial, decode=small(decode__method="greedy", decode__temperature=2.0).decode)
    run(small(epochs=0, train__init_from="first", model__crnn__recurrent_layers=1), initial=other_method)
    assert notice in capsys.readouterr().out
    assert numbers(decode__length_bonus=1.0) == (0.35, 1.0, 1.5)
    monkeypatch.setattr(module, "FEW_IMAGES", 8)
    weight, bonus, _ = numbers()
    assert weight in LM_WEIGHTS
    assert bonus in LENGTH_BONUSES


def body_and_head(result):
    layers = {layer.name: [array.tobytes() for array in layer.get_weights()] for layer in result.model.network.layers}
    body = [layer.name for layer in body_layers(result.model.network)]
    return [layers.pop(name) for name in body], [arrays for arrays in layers.values() if arrays]


@pytest.mark.parametrize("averaging", ["none", "last"])
def test_a_frozen_body_stays_as_it_was_and_the_model_is_saved_without_a_trace_of_it(
    small, run, first, tmp_path, averaging
):
    def fine_tuned(epochs, **values):
        params = small(epochs=epochs, train__init_from="first", model__crnn__recurrent_layers=1, **values)
        return run(params, initial=InitialModel.load(first, "first"))

    start, frozen = fine_tuned(0), fine_tuned(1, train__freeze="body", train__averaging=averaging)
    assert start.initialization.describe() == "14 characters kept, added 'U', dropped 'X'"
    assert body_and_head(frozen)[0] == body_and_head(start)[0]
    assert all(one != other for one, other in zip(body_and_head(frozen)[1], body_and_head(start)[1], strict=True))
    assert frozen.model.network.to_json() == start.model.network.to_json()
    save_model(tmp_path, frozen.model, small().preprocess, frozen.initialization)
    assert weights(load_model(tmp_path)) == weights(frozen)
    assert load_initialization(tmp_path) == frozen.initialization


def test_a_stopped_fine_tuning_on_mixed_images_ends_as_if_it_had_not_been_stopped(small, data, first, tmp_path):
    """Some epochs of synthetic images alone, a slowed body, and an optimizer with a memory."""
    values = {"train__mix__synthetic_fraction": 0.4, "train__mix__synthetic_epochs": 1, "data__source": "mixed"}
    start = {"train__init_from": "first", "train__body_lr_factor": 0.1, "model__crnn__recurrent_layers": 1}
    params = small(epochs=3, **start, **values)
    plain = data(params)
    images = MixedImages(plain.train, plain.validation, params.train.mix)

    def run(**options):
        settings, initial = TrainingSettings.from_params(params), InitialModel.load(first, "first")
        return train(plain._replace(train=images), VOCABULARY, settings, initial=initial, **options)

    def stop_after_the_second(epoch, _):
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    whole, checkpoints = run(), Checkpoints(tmp_path / "state")
    with pytest.raises(KeyboardInterrupt):
        run(checkpoints=checkpoints, on_epoch=stop_after_the_second)
    resumed = run(checkpoints=checkpoints)
    assert resumed.history == whole.history
    assert weights(resumed) == weights(whole)


def test_the_plateau_schedule_lowers_the_rate(small, run):
    plain = {"model__crnn__auxiliary_weight": 0.0, "train__early_stopping_patience": 0}
    history = run(small(lr=0.5, epochs=8, train__plateau_factor=0.1, **plain)).history
    best, rate, expected = np.inf, 0.5, []
    for epoch in history:
        expected.append(rate)
        rate, best = (rate if epoch.val_loss < best else rate * 0.1), min(best, epoch.val_loss)
    assert [epoch.learning_rate for epoch in history] == pytest.approx(expected)
    assert rate < 0.5


def test_a_training_prints_no_warning(small, run, recwarn):
    run(small(epochs=1))
    assert [str(warning.message) for warning in recwarn if "ran out of data" in str(warning.message)] == []


@pytest.mark.parametrize("preset", ["paper", "bilstm"])
def test_the_other_presets_train(make_params, run, preset):
    params = make_params(
        model__preset=preset, epochs=1, batch_size=20, model__bilstm__recurrent_units=8, train__threads=1
    )
    result = run(params)
    images = np.full((1, *prepared_shape(params.preprocess)), 255, np.uint8)
    assert len(result.model.recognize(images)) == 1
    assert result.model.network.name == preset
