"""Promotions at the same time, in processes of their own, on a store that does not exist yet."""

import json
import subprocess
import sys

import pytest
from tests.conftest import ROOT
from tests.services import mlflow_server, postgres_server

from inkpipe.model.artifacts import model_digest
from inkpipe.promotion.moves import history
from inkpipe.tracking import connect
from inkpipe.tracking.registry import aliased_version, all_versions

pytest_plugins = ["tests.tiny"]

FOUR = ["ABC", "ABCABCABCA", "ABCABC", "ABCABCABCA"]  # two clones promote the same model
# Promotes the model in a folder. A model's text of the one test image is its folder's name.
PROMOTE = """
import json, sys
from contextlib import contextmanager
from pathlib import Path
from inkpipe.data.corpus import Sample
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.model.prediction import Prediction
from inkpipe.params import load_params
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.promote import promote
from inkpipe.tracking import connect, ensure_run

folder, evaluation, texts = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
params = load_params(Path(sys.argv[4]))
label = "ABCABCABCA"

class Fake:
    def __init__(self, text):
        self.text = text
    def recognize_each(self, images):
        return ((key, Prediction(self.text, 1.0)) for key, _ in images)

@contextmanager
def open_recognizer(version):
    yield Fake(texts[version.digest])

store = connect()
scored = [score_prediction("a.jpg", label, Prediction(folder.name, 1.0))]
scores = {"n": 1, "cer": scored[0].edits / len(label)}
candidate = Candidate(folder, ensure_run(store, folder, [], params), scores, scored, evaluation)
settings = params.promote.model_copy(update={"min_images": 1, "max_cer": 1.0, "max_size_factor": None})
print(promote(store, candidate, [Sample("a.jpg", label, b"image")], settings, open_recognizer, 1).decision.word)
"""


@pytest.fixture
def promote_at_once(trained, tmp_path):
    """Promote models at the same time, each in a process of its own: `promote_at_once(texts)`."""

    def promote(names):
        (tmp_path / "evaluation").mkdir()
        (tmp_path / "evaluation" / "report.html").write_text("<html>")
        folders = [trained(name) if not (tmp_path / name).exists() else tmp_path / name for name in names]
        texts = json.dumps({model_digest(folder): folder.name for folder in folders})
        arguments = [str(tmp_path / "evaluation"), texts, str(ROOT / "params.yaml")]
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROMOTE, str(folder), *arguments], stderr=subprocess.PIPE, text=True
            )
            for folder in folders
        ]
        for process in processes:
            _, errors = process.communicate()
            assert process.returncode == 0, errors

    return promote


def assert_settled(store, names, tmp_path):
    """The best model is champion, each model is one version and has one run, and the history tells each move once."""
    champion, moves = aliased_version(store, "inkpipe", "champion"), history(store, "inkpipe")
    assert champion.digest == model_digest(tmp_path / "ABCABCABCA")
    assert moves[-1].version == champion.number
    assert [move.before for move in moves] == [None, *(move.version for move in moves[:-1])]
    digests = sorted(model_digest(tmp_path / name) for name in set(names))
    assert sorted(version.digest for version in all_versions(store, "inkpipe")) == digests
    runs = store.client.search_runs([store.experiment_id])
    assert sorted(run.data.tags["inkpipe.model_digest"] for run in runs) == digests


@pytest.mark.timeout(300)
@pytest.mark.parametrize("names", [["ABCABCABCA", "ABCABC"], pytest.param(FOUR, marks=pytest.mark.slow)])
def test_promotions_at_the_same_time_end_with_the_better_model_as_champion(own_store, promote_at_once, tmp_path, names):
    promote_at_once(names)
    assert_settled(connect(), names, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_on_a_server_too_and_one_model_becomes_one_version(own_store, promote_at_once, tmp_path, monkeypatch):
    """PostgreSQL and MLflow's server, which no file can lock."""
    with (
        postgres_server("inkpipe", "secret", "mlflow") as database,
        mlflow_server(tmp_path / "server", database, (tmp_path / "files").as_uri(), {}) as url,
    ):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        promote_at_once(FOUR)
        store = connect()
        assert_settled(store, FOUR, tmp_path)
        assert [model.name for model in store.client.search_registered_models()] == ["inkpipe"]  # no lock is left
