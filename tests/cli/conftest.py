"""A project whose model is champion."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def promoted(own_store, trained, make_params, tmp_path):
    """Make a project whose model is champion: evaluation, promotion and registry agree. Gives the run's id."""
    from inkpipe.params.promote import PromoteParams
    from inkpipe.promotion.decision import read_scores, write_decision
    from inkpipe.promotion.promote import Candidate, promote
    from inkpipe.tracking import connect, ensure_run

    model, evaluation = trained("data/recognizer"), tmp_path / "data" / "evaluation"
    evaluation.mkdir()
    rates = {
        f"{rate}{end}": value
        for rate in ("cer", "wer", "exact")
        for end, value in (("", 0.25), ("_low", 0.2), ("_high", 0.3))
    }
    (evaluation / "metrics.json").write_text(json.dumps({"n": 1000, **rates}))
    store = connect()
    run_id = ensure_run(store, model, [], make_params())
    candidate = Candidate(model, run_id, read_scores(evaluation), evaluation)
    params = PromoteParams(model_name="inkpipe", min_improvement=0.0)
    _, decision = promote(store, candidate, [], params, open_recognizer=None)  # no other champion is to be opened
    write_decision(tmp_path / "data" / "promotion.json", decision)
    return run_id


@pytest.fixture
def params_file():
    """Copy the repository's params.yaml to a folder, which so is a project: `params_file(folder)`."""
    root = Path(__file__).parents[2]
    return lambda folder: (folder / "params.yaml").write_bytes((root / "params.yaml").read_bytes())
