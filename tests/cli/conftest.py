"""A project whose model is champion, and one of mixed data."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from tests.values import replaced


@pytest.fixture
def promoted(own_store, trained, make_params, tmp_path):
    """Make a project whose model is champion: evaluation, promotion and registry agree. Gives the run's id."""
    from inkpipe.data.corpus import Sample
    from inkpipe.evaluation.predictions import ScoredPrediction
    from inkpipe.promotion.candidate import Candidate
    from inkpipe.promotion.decision import read_scores, write_decision
    from inkpipe.promotion.promote import promote
    from inkpipe.tracking import connect, ensure_run

    model, evaluation = trained("data/recognizer"), tmp_path / "data" / "evaluation"
    evaluation.mkdir()
    rates = {
        f"{rate}{end}": value
        for rate in ("cer", "wer", "exact")
        for end, value in (("", 0.25), ("_low", 0.2), ("_high", 0.3))
    }
    metrics = tmp_path / "data" / "metrics.json"
    metrics.write_text(json.dumps({"n": 1000, **rates}))
    store = connect()
    run_id = ensure_run(store, model, [], make_params())
    scored, samples = [ScoredPrediction("a.jpg", "AB", "AB", 1.0, 0)], [Sample("a.jpg", "AB", b"image")]
    candidate = Candidate(model, run_id, read_scores(metrics), scored, evaluation)
    params = make_params(promote__min_images=1).promote
    decision = promote(store, candidate, samples, params, open_recognizer=None, seed=1).decision  # no other champion
    write_decision(tmp_path / "data" / "promotion.json", decision)
    return run_id


@pytest.fixture
def params_file():
    """Copy the repository's params.yaml to a folder, which so is a project: `params_file(folder)`."""
    root = Path(__file__).parents[2]
    return lambda folder: (folder / "params.yaml").write_bytes((root / "params.yaml").read_bytes())


@pytest.fixture
def mixed_project(tmp_path, monkeypatch):
    """Work in a project of prepared images, named after their gray values; `mixed_project(values)` changes params.yaml.

    For training it has real ones from 0 to 7 and synthetic ones from 100 to 105, for validation those from 200 to 203.
    """
    from inkpipe.cli import training_inputs
    from inkpipe.data.vocabulary import Vocabulary
    from inkpipe.dataset.records import write_records

    vocabulary, content = (
        Vocabulary(tuple("ABN")),
        yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text()),
    )
    grays = [*range(8), *range(100, 106), *range(200, 204)]
    images = ((f"{gray}.png", np.full((32, 256), gray, np.uint8)) for gray in grays)
    texts = {"train": ["ANNA"] * 14, "validation": ["ANNA"] * 4}
    shape = {"shape": (32, 256), "frames": 64, "images_per_shard": 5}
    (tmp_path / "data").mkdir()
    write_records(tmp_path / "data/records", images, texts, vocabulary, synthetic={"train": 6}, **shape)
    vocabulary.save(tmp_path / "data/vocabulary.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        training_inputs, "configure_determinism", lambda threads: None
    )  # comes before all of TensorFlow

    mixed = {"data.source": "mixed", "data.folder.path": "forms", "epochs": 2}

    def write(values=None):
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(replaced(content, {**mixed, **(values or {})})))

    write()
    return write


@pytest.fixture
def trained_on(monkeypatch):
    """The gray values of the first epoch of each training of a study, which `mixed_project` names; none is carried out.

    Its model reads BNNA everywhere, and finds that likelier than another text by one more than the gray value.
    """
    from inkpipe.model.prediction import Prediction
    from inkpipe.studies import cross_fitting, nested_subsets

    def log_ratio(images, texts, others):
        return 1.0 + images[:, 0, 0]

    model = SimpleNamespace(recognize=lambda images: [Prediction("BNNA", 0.5)] * len(images), log_ratio=log_ratio)
    seen = []

    def train(data, vocabulary, settings, *, checkpoints):
        elements = data.train.elements().as_numpy_iterator()
        seen.append([int(data.train.parse(element)[0][0, 0]) for element in elements])
        return SimpleNamespace(model=model)

    for module in (cross_fitting, nested_subsets):
        monkeypatch.setattr(module, "train", train)
    return seen
