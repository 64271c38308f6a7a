import csv
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe import corpus, training
from inkpipe.checkpoints import Resume
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.manifest import ACCEPTED, MANIFEST
from inkpipe.model.artifacts import WEIGHTS, load_reader, model_digest
from inkpipe.records import write_records
from inkpipe.training import train
from inkpipe.vocabulary import Vocabulary

VOCABULARY = Vocabulary(tuple("ABDEFGIJLNORSTU"))
NAMES = ("ANNA", "BOB", "DAN", "EVE", "FIONA", "GIL", "JULES", "RITA")


class FakeRun:
    """What `tracking.TrainingRun` is to a training: it notes what it is told."""

    def __init__(self, run_id):
        self.run_id, self.epochs, self.finished = run_id, [], False

    def log_epoch(self, epoch, logs):
        self.epochs.append(epoch)
        assert {"loss", "val_loss", "val_cer", "learning_rate", "images_per_second"} <= set(logs)

    def finish(self, model_folder, history):
        self.finished = model_folder.exists() and history.exists()


@pytest.fixture
def runs(monkeypatch):
    made = []

    @contextmanager
    def training_run(params, resume_run_id=None):
        made.append(FakeRun(resume_run_id or f"run{len(made)}"))
        yield made[-1]

    monkeypatch.setattr(training, "training_run", training_run)
    return made


@pytest.fixture
def small(make_params):
    """A reader so small that an epoch takes a second, with everything that has a memory switched on."""

    def made(**values):
        return make_params(
            **{
                "epochs": 4,
                "batch_size": 16,
                "model__crnn__channels": [4, 4, 8, 8],
                "model__crnn__recurrent_units": 8,
                "train__schedule": "plateau",
                "train__plateau_patience": 1,
                "train__early_stopping_patience": 3,
                "train__threads": 1,
                **values,
            }
        )

    return made


@pytest.fixture
def records(tmp_path, small, draw, jpeg):
    rows = []
    for split, count in (("train", 40), ("validation", 8), ("test", 4)):
        samples = [Sample(f"{split}{i}.jpg", NAMES[i % 8], jpeg(draw(NAMES[i % 8]))) for i in range(count)]
        corpus.write_split(tmp_path, split, samples)
        common = {"split": split, "width": 256, "height": 32, "digest": "", "verdict": ACCEPTED, "reasons": []}
        rows += [{"filename": sample.filename, "label": sample.label, **common} for sample in samples]
    pq.write_table(pa.Table.from_pylist(rows, schema=MANIFEST), tmp_path / "manifest.parquet")
    write_records(small(), tmp_path, tmp_path / "manifest.parquet", VOCABULARY, tmp_path / "records")
    return tmp_path / "records"


def run(params, records, name):
    base = records.parent
    return train(params, records, VOCABULARY, base / name, base / f"{name}.csv", base / "checkpoints")


def history(records, name):
    return list(csv.DictReader((records.parent / f"{name}.csv").open()))


def test_two_trainings_have_the_same_bytes(small, records, runs):
    for name in ("a", "b"):
        run(small(epochs=2), records, name)
    assert model_digest(records.parent / "a") == model_digest(records.parent / "b")
    assert (records.parent / "a.csv").read_bytes() == (records.parent / "b.csv").read_bytes()
    assert [row["epoch"] for row in history(records, "a")] == ["1", "2"]
    assert runs[0].epochs == [1, 2]
    assert runs[0].finished


def test_a_stopped_training_resumes_at_its_true_epoch_and_ends_as_if_it_had_not_been_stopped(
    small, records, runs, monkeypatch
):
    run(small(), records, "whole")
    save = Resume.on_epoch_end

    def killed_after_the_second_epoch(self, epoch, logs=None):
        save(self, epoch, logs)
        if epoch == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Resume, "on_epoch_end", killed_after_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        run(small(), records, "resumed")
    assert not (records.parent / "resumed").exists()
    monkeypatch.setattr(Resume, "on_epoch_end", save)
    run(small(), records, "resumed")
    assert (runs[2].run_id, runs[2].epochs[0]) == (runs[1].run_id, 3)
    assert (records.parent / "resumed.csv").read_bytes() == (records.parent / "whole.csv").read_bytes()
    assert model_digest(records.parent / "resumed") == model_digest(records.parent / "whole")
    assert list((records.parent / "checkpoints").iterdir()) == []


def test_other_params_do_not_resume_a_stopped_training(small, records, runs, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(training, "save_reader", stop)
        run(small(epochs=1), records, "a")
    run(small(epochs=1, lr=0.01), records, "a")
    assert [made.epochs for made in runs] == [[1], [1]]
    run(small(epochs=1), records, "a")
    assert runs[2].epochs == []
    assert len(history(records, "a")) == 1


def test_the_weights_kept_are_those_of_the_lowest_validation_cer(small, records, runs):
    line = run(small(epochs=3), records, "a")
    best = min(float(row["val_cer"]) for row in history(records, "a"))
    assert f"best validation CER {best:.4f}" in line


def test_given_weights_alone_are_used_as_they_are(small, records, runs):
    run(small(epochs=1), records, "first")
    weights = str(records.parent / "first" / WEIGHTS)
    run(small(epochs=0, train__weights=weights), records, "again")
    assert model_digest(records.parent / "again") == model_digest(records.parent / "first")
    assert history(records, "again") == []
    assert load_reader(records.parent / "again").vocabulary == VOCABULARY


def test_training_can_start_from_given_weights(small, records, runs):
    run(small(epochs=1), records, "first")
    run(small(epochs=1, train__weights=str(records.parent / "first" / WEIGHTS)), records, "second")
    losses = [float(history(records, name)[0]["loss"]) for name in ("first", "second")]
    assert losses[1] < losses[0]


def test_a_diverged_training_says_so_and_leaves_nothing(small, records, runs):
    with pytest.raises(InkpipeError, match=r"diverged in epoch 1. Received: loss .* Lower `lr`"):
        run(small(epochs=2, lr=1e30, train__optimizer="sgd", train__clip_norm=0.0), records, "a")
    assert not (records.parent / "a").exists()


def test_absent_start_weights_are_named(small, records, runs):
    with pytest.raises(InkpipeError, match=r"train.weights: no such file. Received: .*none.weights.h5"):
        run(small(train__weights="none.weights.h5"), records, "a")


def test_the_plateau_schedule_lowers_the_rate(small, records, runs):
    params = small(lr=0.5, train__early_stopping_patience=0, train__plateau_factor=0.1)
    run(params, records, "a")
    rates = [float(row["learning_rate"]) for row in history(records, "a")]
    assert rates[0] == pytest.approx(0.5)
    assert rates[-1] < 0.5


@pytest.mark.parametrize("preset", ["paper", "bilstm"])
def test_the_other_presets_train(make_params, records, runs, preset):
    params = make_params(
        model__preset=preset, epochs=1, batch_size=20, model__bilstm__recurrent_units=8, train__threads=1
    )
    base = records.parent
    write_records(params, base, base / "manifest.parquet", VOCABULARY, base / "other")
    train(params, base / "other", VOCABULARY, base / preset, base / "history.csv", base / "checkpoints")
    assert load_reader(base / preset).preprocess == params.preprocess
