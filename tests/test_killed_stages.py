"""A stage that is killed while it writes leaves nothing that a later run takes for whole, and no process."""

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

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


def run(project, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    _, said = process.communicate()
    return process, said.decode()


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def session_members(session):
    """The processes of a session, but for those that have ended and wait for their parent to notice."""
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and os.getsid(int(entry.name)) == session
            if ours and (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                yield int(entry.name)
        except (ProcessLookupError, FileNotFoundError):
            continue


def picture(text):
    image = np.full((32, 256), 255, np.uint8)
    cv2.putText(image, text, (4, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose stages up to preprocess ran undisturbed, on a zip of drawn names."""
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
        process, said = run(folder, script(stage))
        assert process.returncode == 0, said
    return folder


@pytest.mark.parametrize(
    ("stage", "module", "function", "output", "written", "earlier"),
    [
        ("download", "inkpipe.sources.ingest", "sha256_file", "raw", "train.parquet", False),
        ("validate", "inkpipe.contract.outputs", "write_json", "validated", "quarantine.parquet", True),
        ("preprocess", "inkpipe.records", "sha256_file", "records", "train-00000-of-00001.tfrecord", False),
        ("preprocess", "inkpipe.records", "sha256_file", "records", "train-00000-of-00001.tfrecord", True),
    ],
)
def test_a_killed_stage(project, stage, module, function, output, written, earlier):
    target = project / "data" / output
    undisturbed = contents(target)
    neighbours = {path.name for path in target.parent.iterdir()}
    shutil.rmtree(target)
    if earlier:
        target.mkdir()
        (target / "earlier").write_text("whole")
    process, said = run(project, "-c", KILLED.format(module=module, function=function, script=script(stage)))
    assert process.returncode == -signal.SIGKILL, said
    assert (target.with_name(f".{output}.partial") / written).exists()
    assert (contents(target) == {Path("earlier"): b"whole"}) if earlier else not target.exists()
    deadline = time.monotonic() + 20
    while list(session_members(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(session_members(process.pid)) == []

    process, said = run(project, script(stage))
    assert process.returncode == 0, said
    assert contents(target) == undisturbed
    assert {path.name for path in target.parent.iterdir()} == neighbours
