"""A project whose model is champion."""

import json
from pathlib import Path

import pytest


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
