"""A stage that is killed while it writes leaves nothing that a later run takes for whole, and no process."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from tests.sessions import assert_killed_without_survivors, ended, session_members

ROOT = Path(__file__).parents[1]
NAMES = ("ANNA", "BOB", "CLARA", "DAN", "EVE", "FAY", "GIL")
COUNTS = {"train": 40, "validation": 10, "test": 10}
# Runs the stage's script as it stands, but a function that it calls amid its writing kills the process instead.
KILLED = """
import os, runpy, signal, {module}
{module}.{function} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
runpy.run_path({script!r}, run_name="__main__")
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def script(stage):
    return str(ROOT / f"stages/{stage}.py")


def start(project, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=project, env=environment, stderr=subprocess.PIPE, start_new_session=True
    )


def run(project, *arguments):
    process = start(project, *arguments)
    _, errors = process.communicate()
    return process, errors.decode()


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def picture(text):
    image = np.full((32, 256), 255, np.uint8)
    cv2.putText(image, text, (4, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose stages up to preprocess ran undisturbed, on a zip of names."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "dvc.yaml", folder)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"]["source"], params["data"]["folder"]["path"] = "folder", "names.zip"
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    with zipfile.ZipFile(folder / "names.zip", "w") as archive:
        lines = ["filename,label,split"]
        for split, count in COUNTS.items():
            for number in range(count):
                label = f"{NAMES[number % 7]} {NAMES[number // 7]} {split[:2].upper()}"
                lines.append(f"{split}{number}.jpg,{label},{split}")
                archive.writestr(f"{split}{number}.jpg", picture(label))
        archive.writestr("labels.csv", "\n".join(lines))
    for stage in ("download", "validate", "vocabulary", "preprocess"):
        process, errors = run(folder, script(stage))
        assert process.returncode == 0, errors
    return folder


@pytest.mark.parametrize(
    ("stage", "module", "function", "output", "written", "earlier"),
    [
        ("download", "inkpipe.sources.ingest", "sha256_file", "raw", "train.parquet", False),
        ("validate", "inkpipe.contract.write", "write_json", "validated", "quarantine.parquet", True),
        ("preprocess", "inkpipe.dataset.records", "sha256_file", "records", "train-00000-of-00001.tfrecord", False),
        ("preprocess", "inkpipe.dataset.records", "sha256_file", "records", "train-00000-of-00001.tfrecord", True),
    ],
)
def test_a_killed_stage(project, stage, module, function, output, written, earlier):
    target = project / "data" / output
    undisturbed = contents(target)
    neighbors = {path.name for path in target.parent.iterdir()}
    shutil.rmtree(target)
    if earlier:
        target.mkdir()
        (target / "earlier").write_text("whole")
    process, errors = run(project, "-c", KILLED.format(module=module, function=function, script=script(stage)))
    assert process.returncode == -signal.SIGKILL, errors
    assert (target.with_name(f".{output}.partial") / written).exists()
    assert (contents(target) == {Path("earlier"): b"whole"}) if earlier else not target.exists()
    assert ended(process.pid)

    process, errors = run(project, script(stage))
    assert process.returncode == 0, errors
    assert contents(target) == undisturbed
    assert {path.name for path in target.parent.iterdir()} == neighbors


def workers_start(project, session):
    return len(list(session_members(session))) > 2  # the stage, a worker, and Python's resource tracker


def images_arrive(project, session):
    partial = project / "data/.raw.partial/train.parquet"
    return partial.exists() and partial.stat().st_size > 10_000


@pytest.mark.parametrize("stage", ["validate", "preprocess"])
def test_a_stage_that_is_killed_while_its_workers_work_leaves_no_process(project, stage):
    process = start(project, script(stage))
    assert_killed_without_survivors(process, lambda: workers_start(project, process.pid), seconds=120)


@pytest.mark.parametrize("moment", [workers_start, images_arrive])
def test_a_killed_download_of_the_default_source_leaves_no_process(tmp_path, moment):
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert params["data"]["source"] == "synthetic"
    params["synthetic"]["train"] = 100_000  # more than is ever generated here
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    process = start(tmp_path, script("download"))
    assert_killed_without_survivors(process, lambda: moment(tmp_path, process.pid), seconds=120)
    assert not (tmp_path / "data/raw").exists()
