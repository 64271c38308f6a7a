"""The whole pipeline, as a user runs it: `dvc repro` in a fresh repository, on a handful of synthetic images."""

import csv
import io
import json
import shutil

import pytest
from tests.repository import run, set_params, stages_run, tiny_repository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A fresh repository with a tiny pipeline that has run once."""
    folder = tmp_path_factory.mktemp("project")
    tiny_repository(folder)
    result = run(folder, "dvc", "repro")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stages_run(result) == ["download", "validate", "vocabulary", "preprocess", "train", "evaluate", "promote"]
    return folder


def commit(folder):
    """Commit all that git does not ignore, in the way of the repository itself."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    assert run(folder, "git", "add", "-A").returncode == 0
    assert run(folder, "git", *identity, "commit", "-qm", "state").returncode == 0


def scores(folder):
    return json.loads((folder / "data/metrics.json").read_text())


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


def test_the_champion_has_a_model_card_and_is_exported_with_it(project):
    card = run(project, "inkpipe", "registry", "card", "1").stdout
    assert "| train | 40 | 40 | 0 |" in card
    assert "| synthetic corpus | `" in card
    exported = run(project, "inkpipe", "registry", "card", "1", "--out", "../exported")
    assert exported.returncode == 0, exported.stderr
    for file in (project / "data/recognizer").iterdir():
        assert (project.parent / "exported" / file.name).read_bytes() == file.read_bytes()
    assert card == (project.parent / "exported/README.md").read_text()


def test_a_second_repro_has_nothing_to_do_and_changes_nothing(project):
    files = [project / "dvc.lock", project / "data/promotion.json"]
    before = [path.read_bytes() for path in files]
    result = run(project, "dvc", "repro")
    assert result.returncode == 0, result.stderr
    assert stages_run(result) == []
    assert [path.read_bytes() for path in files] == before


def test_an_empty_registry_gets_the_model_again(project):
    for path in project.glob("mlflow.db*"):
        path.unlink()
    assert run(project, "inkpipe", "champion").returncode == 1
    result = run(project, "dvc", "repro")
    assert stages_run(result) == ["promote"]
    assert json.loads(run(project, "inkpipe", "champion", "--json").stdout)["version"] == 1
    assert stages_run(run(project, "dvc", "repro")) == []


def test_a_clone_with_the_cache_knows_its_lock_is_current_and_registers_into_its_own_empty_store(project, tmp_path):
    commit(project)
    clone = tmp_path / "clone"
    assert run(tmp_path, "git", "clone", "-q", str(project), str(clone)).returncode == 0
    dry = run(clone, "dvc", "repro", "--dry", "--allow-missing")
    assert (dry.returncode, stages_run(dry)) == (0, [])
    run(clone, "dvc", "cache", "dir", "--local", str(project / ".dvc/cache"))
    assert run(clone, "dvc", "checkout", "--allow-missing").returncode == 0
    assert stages_run(run(clone, "dvc", "repro")) == ["promote"]
    assert json.loads(run(clone, "inkpipe", "champion", "--json").stdout)["version"] == 1
    assert stages_run(run(clone, "dvc", "repro")) == []
    assert run(clone, "git", "status", "--porcelain").stdout == ""


def test_a_sweep_ends_in_an_experiment_in_which_the_pipeline_reproduces_its_best_trial(project):
    params = (project / "params.yaml").read_text()
    ranges = {"lr": {"distribution": "log_uniform", "low": 0.001, "high": 0.01}}
    set_params(project, {"sweep.parameters": ranges})
    commit(project)
    result = run(project, "inkpipe", "sweep", "--trials", "2", "--workers", "1", "--name", "search")
    assert result.returncode == 0, result.stdout + result.stderr
    trials = [line for line in result.stdout.splitlines() if line.startswith("trial ")]
    assert [line.split(":")[0] for line in trials] == ["trial 0", "trial 1"]
    (row,) = json.loads(run(project, "inkpipe", "experiments", "--json").stdout)
    assert (row["experiment"][:-1], row["status"]) == ("search-trial-", "FINISHED")
    assert row["experiment"] in run(project, "dvc", "exp", "list").stdout
    assert f"best: trial {row['experiment'][-1]}, validation CER {row['val_cer']:.4f}" in result.stdout
    assert row["changes"].startswith("lr ")
    again = run(project, "inkpipe", "sweep", "--trials", "2", "--workers", "1", "--name", "search")
    assert (again.returncode, [line for line in again.stdout.splitlines() if line.startswith("trial ")]) == (0, [])
    (project / "params.yaml").write_text(params)


def test_the_resolved_values_stand_beside_the_scores(project):
    commit(project)
    workspace = next(csv.DictReader(io.StringIO(run(project, "dvc", "exp", "show", "--csv").stdout)))
    assert [workspace[f"{file}:lr"] for file in ("params.yaml", "data/resolved.yaml")] == ["auto", "0.002"]


def test_lost_outputs_come_back_without_a_training(project):
    model = {path.name: path.read_bytes() for path in (project / "data/model").iterdir()}
    shutil.rmtree(project / "data/model")
    (project / "data/history.csv").unlink()
    result = run(project, "dvc", "repro")
    assert stages_run(result) == []
    assert "Stage 'train' is cached - skipping run" in result.stdout + result.stderr
    assert {path.name: path.read_bytes() for path in (project / "data/model").iterdir()} == model


def test_a_failed_stage_ends_in_one_message_and_its_outputs_come_back(project):
    before = (project / "data/raw/train.parquet").read_bytes()
    params = (project / "params.yaml").read_text()
    set_params(project, {"data.source": "folder", "data.folder.path": "nowhere.zip"})
    result = run(project, "dvc", "repro")
    (project / "params.yaml").write_text(params)
    assert result.returncode != 0
    assert "nowhere.zip" in result.stderr
    assert "Traceback" not in result.stderr
    assert "DVC removed data/raw before this run. `dvc checkout` brings back what the last one left." in result.stderr
    assert run(project, "dvc", "checkout").returncode == 0
    assert (project / "data/raw/train.parquet").read_bytes() == before


def test_another_learning_rate_re_runs_training_and_what_follows_alone_and_the_first_one_comes_from_the_cache(project):
    set_params(project, {"lr": 0.0005})
    result = run(project, "dvc", "repro")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stages_run(result) == ["train", "evaluate", "promote"]
    set_params(project, {"lr": "auto"})
    assert stages_run(run(project, "dvc", "repro")) == ["promote"]


def damaged(project, path, content):
    """Damage a file of the project, or remove it."""
    target = project / path
    target.unlink()
    if content is not None:
        target.write_text(content)


@pytest.mark.parametrize(
    ("path", "content", "stage", "advised"),
    [
        ("data/vocabulary.json", "{}", "preprocess", "dvc repro -sf vocabulary"),
        ("data/raw/train.parquet", "", "preprocess", "dvc repro -sf download"),
        ("data/metrics.json", "", "promote", "dvc repro -sf evaluate"),
        ("data/promotion.json", "{}", "summary", "dvc repro -sf promote"),
        ("data/history.csv", None, "evaluate", "dvc repro train"),
    ],
)
def test_the_advised_command_repairs_what_it_is_advised_for_and_runs_no_other_stage(
    project, path, content, stage, advised
):
    """The message is of the stage's script or the command; what it advises is run as it is printed."""
    command = ["inkpipe", "summary"] if stage == "summary" else ["python", f"stages/{stage}.py"]
    before = (project / path).read_bytes()
    damaged(project, path, content)
    message = run(project, *command).stderr
    assert f"`{advised}`" in message, message
    result = run(project, *advised.split())
    assert result.returncode == 0, result.stdout + result.stderr
    assert stages_run(result) in ([advised.split()[-1]], [])  # or from the cache
    assert (project / path).read_bytes() == before
    assert run(project, *command).returncode == 0


def test_a_registry_that_lost_the_model_gets_it_back_by_the_advised_command(project):
    for path in project.glob("mlflow.db*"):
        path.unlink()
    assert "`dvc repro -sf promote`" in run(project, "inkpipe", "summary").stdout
    result = run(project, "dvc", "repro", "-sf", "promote")
    assert stages_run(result) == ["promote"]
    assert "version 1 (champion)" in run(project, "inkpipe", "summary").stdout
