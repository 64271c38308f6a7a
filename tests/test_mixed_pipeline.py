"""The stages on mixed data, then a fine-tuning of the champion for more characters, all in one process."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from tests.values import replaced

ROOT = Path(__file__).parents[1]
NAMES = ("ANNA", "BOB", "CLARA", "DAN", "EVE", "FAY", "GIL")
COUNTS = {"train": 24, "validation": 10, "test": 10}
TINY = {
    "data.source": "mixed",
    "data.folder.path": "forms",
    "synthetic.train": 30,
    "epochs": 3,
    "batch_size": 8,
    "train.mix.synthetic_fraction": 0.4,
    "train.mix.synthetic_epochs": 1,
    "model.crnn.channels": [4, 4, 8, 8],
    "model.crnn.recurrent_units": 8,
    "evaluate.examples": 4,
    "evaluate.bootstrap": 20,
    "promote.min_images": 10,
    "promote.max_cer": 5.0,
}
FINE_TUNING = {
    "train.init_from": "champion",
    "train.freeze": "body",
    "vocabulary.characters": "ABCDEFGHILNOR?",
    "epochs": 1,
}
# Runs stages one after the other, so that TensorFlow is imported once; each line of the output is a stage's.
STAGES = """
import runpy, shutil, sys
if __name__ == "__main__":
    for stage in {first!r}:
        print(runpy.run_path({folder!r} + f"/{{stage}}.py")["main"]())
    shutil.copytree("data", "first")
    shutil.copy("tuned.yaml", "params.yaml")
    for stage in {second!r}:
        print(runpy.run_path({folder!r} + f"/{{stage}}.py")["main"]())
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def write_forms(folder):
    """Real images in the plain layout: texts in a stroke font, each of a size of its own."""
    folder.mkdir()
    rows = ["filename,label,split"]
    for split, count in COUNTS.items():
        for i in range(count):
            image = np.full((40, 230 + 7 * i + len(split)), 255, np.uint8)
            cv2.putText(image, NAMES[i % 7], (4 + i, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 1, cv2.LINE_AA)
            cv2.imwrite(str(folder / f"{split}{i}.png"), image)
            rows.append(f"{split}{i}.png,{NAMES[i % 7]},{split}")
    (folder / "labels.csv").write_text("\n".join(rows))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    write_forms(folder / "forms")
    params = replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), TINY)
    for rule in ("identical_images", "near_identical_images"):  # the stroke font writes the same name alike
        params["validate"]["rules"][rule]["action"] = "warn"
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "tuned.yaml").write_text(yaml.safe_dump(replaced(params, FINE_TUNING)))
    shutil.copy(ROOT / "dvc.yaml", folder)
    stages = ("download", "validate", "vocabulary", "preprocess", "train", "evaluate", "promote")
    again = ("vocabulary", "preprocess", "train", "evaluate", "promote")
    (folder / "run.py").write_text(STAGES.format(first=stages, second=again, folder=str(ROOT / "stages")))
    unset = ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_training_mixes_both_kinds_and_the_scores_are_of_real_images(project):
    folder, lines = project
    assert "mixed: train 54, validation 10, test 10 images" in lines
    assert "30 of the accepted rows are synthetic" in lines
    manifest = pq.read_table(folder / "first/validated/manifest.parquet", columns=["split", "origin"])
    assert manifest.filter(np.array(manifest["split"]) != "train")["origin"].unique().to_pylist() == ["real"]
    assert json.loads((folder / "first/records/records.json").read_text())["splits"]["train"]["origins"].keys() == {
        "real",
        "synthetic",
    }
    assert json.loads((folder / "first/metrics.json").read_text())["n"] == 10
    page = (folder / "first/evaluation/report.html").read_text()
    assert "These test images are synthetic" not in page


def test_the_champion_is_fine_tuned_for_another_alphabet_and_says_so(project):
    folder, lines = project
    before = json.loads((folder / "first/model/recognizer.json").read_text())["vocabulary"]["characters"]
    described = json.loads((folder / "data/model/recognizer.json").read_text())["initialization"]
    champion = json.loads((folder / "first/promotion.json").read_text())["model"]
    dropped = "".join(c for c in before if c not in "ABCDEFGHILNOR?")
    assert described == {"digest": champion, "kept": "ABCDEFGHILNOR", "added": "?", "dropped": dropped}
    assert "from inkpipe version 1: 13 characters kept, added '?', dropped" in lines
    check = """
import mlflow, json
client = mlflow.MlflowClient("sqlite:///mlflow.db")
run = client.get_run(client.get_model_version("inkpipe", "2").run_id)
print(json.dumps({name: value for name, value in run.data.tags.items() if name.startswith("initialization")}))
"""
    printed = subprocess.run([sys.executable, "-c", check], cwd=folder, capture_output=True, text=True, check=True)
    tags = {f"initialization.{name}": value for name, value in described.items()}
    assert json.loads(printed.stdout) == tags | {"initialization.model": "inkpipe version 1"}
