"""What a stage leaves has the same bytes whatever the user's shell, locale and tools have set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from tests.values import replaced

from inkpipe.data.corpus import SPLITS, Corpus
from inkpipe.data.label_form import LabelForm
from inkpipe.data.manifest import ACCEPTED, MANIFEST, write_manifest

ROOT = Path(__file__).parents[1]
IMAGES = {"synthetic.train": 12, "synthetic.validation": 4, "synthetic.test": 4}
# The quick stages, and what the workers of preprocess do; validate and train have tests of their own.
PREPARE = """
import hashlib
from pathlib import Path
from inkpipe.data.corpus import Corpus
from inkpipe.dataset.prepare import RowBatch, prepare_batch
from inkpipe.params import load_params
batch = RowBatch(Corpus(Path("data/raw")), "train", list(range(12)), load_params().preprocess)
Path("data/prepared").write_text(hashlib.sha256(prepare_batch(batch).images.tobytes()).hexdigest())
"""
COMMANDS = ([str(ROOT / "stages/download.py")], [str(ROOT / "stages/vocabulary.py")], ["-c", PREPARE])
# Many settings in each case, because each case runs the stages anew.
SETTINGS = {
    "machine": {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "TMPDIR": "/nowhere",
        "PYTHONHASHSEED": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "3",
        "OPENCV_FOR_THREADS_NUM": "1",
        "OPENCV_IPP": "disabled",
        "OPENCV_OPENCL_RUNTIME": "disabled",
        "OPENCV_IO_MAX_IMAGE_PIXELS": "100",
        "OPENCV_CPU_DISABLE": "AVX512-SKX",  # without AVX2 some pixels in a million are rounded another way
    },
    "tools": {
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "Asia/Kathmandu",
        "PYTHONHASHSEED": "2",
        "MLFLOW_EXPERIMENT_NAME": "another",
        "MLFLOW_RUN_ID": "0123456789abcdef",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "DVC_EXP_NAME": "another",
        "DVC_EXP_BASELINE_REV": "0123456789abcdef",
        "NUMEXPR_MAX_THREADS": "1",
        "ARROW_NUM_THREADS": "1",
    },
}


def run(project, command, umask=0o022, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    result = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment | variables,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A project of a few synthetic images whose commands ran undisturbed: its folder, and what its data held then."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "dvc.yaml", folder)
    params = replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), IMAGES)
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    download, *others = COMMANDS
    run(folder, download)
    rows = [
        {"split": split, "filename": sample.filename, "label": sample.label, "verdict": ACCEPTED, "reasons": []}
        for split in SPLITS
        for sample in Corpus(folder / "data/raw").samples(split)
    ]
    (folder / "data/validated").mkdir()
    LabelForm("upper", "NFC").save(folder / "data/validated/labels.json")
    write_manifest(folder / "data/validated/manifest.parquet", [pa.Table.from_pylist(rows, schema=MANIFEST)])
    for command in others:
        run(folder, command)
    return folder, contents(folder / "data")


@pytest.fixture
def hostile_folder(tmp_path):
    """A folder for PYTHONPATH whose modules have names of this project's own."""
    for name in ("data", "errors", "files", "params", "stage", "download"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('another module')")
    return str(tmp_path)


@pytest.mark.parametrize("case", SETTINGS)
def test_the_bytes_are_the_same_whatever_is_inherited(undisturbed, hostile_folder, case):
    project, before = undisturbed
    variables = {"TMPDIR": hostile_folder, "PYTHONPATH": hostile_folder} | SETTINGS[case]
    for command in COMMANDS:
        run(project, command, umask=0o077, **variables)
    after = contents(project / "data")
    assert sorted(after) == sorted(before)
    assert [name for name in after if after[name] != before[name]] == []
