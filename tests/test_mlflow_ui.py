"""The MLflow UI in a real browser: three experiments as a person sees them who asks which one is better, and why."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from tests.services import answers, free_port, wait_for

from inkpipe.data.corpus import Sample
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.model.artifacts import model_digest
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.promote import promote
from inkpipe.tracking import connect, training_run
from inkpipe.tracking.run_list import share_view
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.browser", "tests.tiny"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TIMEOUT = 300_000  # ms: the server starts its parts when they are first asked for
LABEL = "ABCABCABCA"
# Experiment, learning rate and predicted text of the one test image, in the order of their promotions.
EXPERIMENTS = (("first", 0.002, "ABCABC"), ("slower", 0.0005, "ABC"), ("faster", 0.004, LABEL))


class Fake:
    def __init__(self, text):
        self.text = text

    def recognize_each(self, images):
        return ((key, Prediction(self.text, 1.0)) for key, _ in images)


@pytest.fixture
def experiments(own_store, trained, make_params, tmp_path, monkeypatch):
    """A store with three trainings of three epochs, each promoted by the gate: `faster` is champion."""
    texts = {}

    @contextmanager
    def open_recognizer(version):
        yield Fake(texts[version.digest])

    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation/report.html").write_text("<h1>the report</h1>")
    for name, lr, text in EXPERIMENTS:
        monkeypatch.setenv("DVC_EXP_NAME", name)
        scored = [score_prediction("a.jpg", LABEL, Prediction(text, 1.0))]
        cer = scored[0].edits / len(LABEL)
        params, folder = make_params(lr=lr), trained(name)
        history = [Epoch(epoch, 9.0 / epoch, lr, 8.0 / epoch, cer + 0.1 / epoch, cer + 0.1) for epoch in (1, 2, 3)]
        with training_run(params) as run:
            for epoch in history:
                run.log_epoch(epoch, 100.0)
            run.finish(folder, history)
        candidate = Candidate(folder, run.run_id, {"n": 1, "cer": cer}, scored, tmp_path / "evaluation")
        settings = params.promote.model_copy(update={"min_images": 1, "max_cer": 1.0, "max_size_factor": None})
        store = connect()
        texts[model_digest(folder)] = text
        promote(store, candidate, [Sample("a.jpg", LABEL, b"image")], settings, open_recognizer, 1)
    return store


@pytest.fixture
def ui(experiments, tmp_path):
    """The address of `inkpipe ui`."""
    port = free_port()
    with (tmp_path / "ui.log").open("w") as log:
        command = [sys.executable, "-m", "inkpipe", "ui", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), server, tmp_path / "ui.log", 900)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


@pytest.fixture
def page(chromium):
    page = chromium.new_context(viewport={"width": 1600, "height": 1000}).new_page()
    page.set_default_timeout(TIMEOUT)
    return page


def opened(page, address, *texts):
    """The text of a page, once it has some texts."""
    page.goto(address)
    for text in texts:
        page.get_by_text(text).first.wait_for()
    return page.inner_text("body")


def test_the_pages_show_which_run_is_better_and_why(page, ui, experiments):
    """One test, because the server takes long to start: the list, a run, its curves, three runs compared, the model."""
    runs = experiments.client.search_runs([experiments.experiment_id])
    ids = {run.info.run_name: run.info.run_id for run in runs}
    assert set(ids) == {name for name, _, _ in EXPERIMENTS}
    base = f"{ui}/#/experiments/{experiments.experiment_id}/runs"

    opened(page, f"{ui}{share_view(experiments)}", *ids)

    run = opened(page, f"{base}/{ids['faster']}", "points better", "Registered models")
    assert "champion. CER 0.0000 against the champion's 0.4000" in run
    rejected = opened(page, f"{base}/{ids['slower']}", "Registered models", "rejected")
    assert "min_improvement" in rejected

    opened(page, f"{base}/{ids['faster']}/model-metrics", "Model metrics")
    page.locator("svg").nth(3).wait_for(state="attached")

    chosen, experiment = json.dumps(list(ids.values())), json.dumps([experiments.experiment_id])
    compared = opened(page, f"{ui}/#/compare-runs?runs={quote(chosen)}&experiments={quote(experiment)}", "Run details")
    assert all(name in compared for name in ids)

    opened(page, f"{ui}/#/models/inkpipe", "@ champion", "@ challenger")
    opened(page, f"{ui}/#/models/inkpipe/versions/3", "points better", "@ champion")
