"""The whole pipeline, as a user runs it: `dvc repro` in a fresh repository, on a handful of synthetic images."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.values import replaced

ROOT = Path(__file__).parents[1]
TINY = {
    "epochs": 1,
    "batch_size": 8,
    "synthetic.train": 40,
    "synthetic.validation": 12,
    "synthetic.test": 12,
    "model.crnn.channels": [4, 4, 8, 8],
    "model.crnn.recurrent_units": 8,
    "evaluate.examples": 4,
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def set_params(folder, values):
    path = folder / "params.yaml"
    content = replaced(yaml.safe_load(path.read_text()), values)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def run(folder, *command):
    """Run a command of the environment in a project, without what this test's own surroundings set."""
    unset = ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def stages_run(result):
    lines = (result.stdout + result.stderr).splitlines()
    return [line.split("'")[1] for line in lines if line.startswith("Running stage")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A fresh repository with a tiny pipeline that has run once."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("src", "stages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    set_params(folder, TINY)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        assert run(folder, *command).returncode == 0
    result = run(folder, "dvc", "repro")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stages_run(result) == ["download", "validate", "vocabulary", "preprocess", "train", "evaluate", "promote"]
    return folder


def scores(folder):
    return json.loads((folder / "data/evaluation/metrics.json").read_text())


def test_the_pipeline_leaves_scores_a_report_and_a_champion(project):
    assert scores(project)["n"] == 12
    assert (project / "data/evaluation/report.html").stat().st_size > 10_000
    previews = {path.name for path in (project / "data/evaluation/previews").iterdir()}
    assert previews == {"images.png", "preprocessing.png", "augmentation.png"}
    assert json.loads((project / "data/promotion.json").read_text())["decision"] == "champion"
    champion = json.loads(run(project, "inkpipe", "champion", "--json").stdout)
    assert champion["version"] in (1, "1")
    summary = run(project, "inkpipe", "summary")
    assert summary.returncode == 0, summary.stderr
    assert "champion" in summary.stdout


def test_the_model_carries_its_fitted_decoder(project):
    decode = json.loads((project / "data/model/recognizer.json").read_text())["decode"]
    assert decode["method"] == "beam"
    assert "auto" not in decode.values()
    assert (project / "data/model/language_model.npz").exists() == (decode["lm_weight"] > 0)
    assert (project / "data/language_model.npz").stat().st_size > 500


def test_a_second_repro_does_nothing(project):
    result = run(project, "dvc", "repro")
    assert result.returncode == 0
    assert stages_run(result) == []


def test_a_failed_stage_ends_in_one_message_and_leaves_earlier_outputs(project):
    before = (project / "data/raw/train.parquet").read_bytes()
    params = (project / "params.yaml").read_text()
    set_params(project, {"data.source": "folder", "data.folder.path": "nowhere.zip"})
    result = run(project, "dvc", "repro")
    (project / "params.yaml").write_text(params)
    assert result.returncode != 0
    assert "nowhere.zip" in result.stderr
    assert "Traceback" not in result.stderr
    assert (project / "data/raw/train.parquet").read_bytes() == before


def test_another_learning_rate_re_runs_training_and_what_follows_alone(project):
    set_params(project, {"lr": 0.0005})
    result = run(project, "dvc", "repro")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stages_run(result) == ["train", "evaluate", "promote"]
