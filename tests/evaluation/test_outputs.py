import csv
import json

import cv2
import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.evaluate import evaluate
from inkpipe.evaluation.grid import as_webp, encode_png
from inkpipe.evaluation.metrics import score
from inkpipe.evaluation.outputs import write_evaluation, write_metrics
from inkpipe.evaluation.report import PREVIEWS, ReportContext
from inkpipe.model.prediction import Prediction
from inkpipe.pages.environment import data_uri

PREVIEW_PNGS = {name: encode_png(np.full((4, 6), i, np.uint8)) for i, name in enumerate(PREVIEWS)}
SOURCE = {"source": "folder", "splits": {"test": {"rows": 18}}}
TABLES = (
    "predictions", "confusions", "cer_by_character", "cer_by_length", "calibration", "rejection", "acceptance",
    "slices", "label_errors",
)  # fmt: skip
FIGURES = ("calibration", "rejection", "cer_by_length", "cer_by_character", "examples", "learning_curves")


@pytest.fixture(scope="module")
def context(history):
    return ReportContext(history, SOURCE, {"network": "crnn"}, PREVIEW_PNGS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, evaluation, context):
    target = tmp_path_factory.mktemp("written") / "evaluation"
    write_evaluation(target, evaluation, context)
    return target


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_metrics_tables_figures_previews_and_report_are_written(folder, evaluation, labels, texts):
    assert {path.name for path in folder.iterdir()} == {
        "slices.json", "report.html", "previews",
        *(f"{name}.csv" for name in TABLES), *(f"{name}.png" for name in FIGURES),
    }  # fmt: skip


def test_the_metrics_are_a_file_of_their_own(tmp_path, evaluation, labels, texts):
    write_metrics(tmp_path / "metrics.json", evaluation)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics == evaluation.metrics
    assert score(labels, texts, 50, 7).to_json().items() <= metrics.items()


def test_predictions_hold_every_image_in_order(folder, labels, texts):
    table = rows(folder / "predictions.csv")
    assert [row["label"] for row in table] == labels
    assert [row["prediction"] for row in table] == texts
    assert table[2] == {
        "filename": "02.jpg", "label": "LE ROI", "prediction": "LEROI", "confidence": "0.98", "edits": "1",
    }  # fmt: skip


def test_tables_name_their_columns_for_the_plots(folder):
    columns = {name: list(rows(folder / f"{name}.csv")[0]) for name in TABLES}
    assert columns == {
        "predictions": ["filename", "label", "prediction", "confidence", "edits"],
        "confusions": ["confusion", "label", "prediction", "n"],
        "cer_by_character": ["character", "n", "substituted", "deleted", "inserted", "error_rate"],
        "cer_by_length": ["length", "longest", "n", "cer", "exact"],
        "calibration": ["low", "high", "n", "confidence", "exact"],
        "rejection": ["threshold", "coverage", "cer", "exact"],
        "acceptance": [
            "max_errors", "chosen_on", "threshold", "coverage", "accepted", "errors", "low", "high", "cer",
        ],
        "slices": ["fact", "slice", "n", "cer", "cer_low", "cer_high", "exact"],
        "label_errors": ["filename", "split", "label", "prediction", "score"],
    }  # fmt: skip


def test_slices_are_json_too(folder):
    slices = json.loads((folder / "slices.json").read_text())
    assert {name: part["n"] for name, part in slices["origin"].items()} == {"form": 9, "letter": 9}


def test_previews_are_files_of_their_own_and_parts_of_the_report(folder):
    assert {path.stem: path.read_bytes() for path in (folder / "previews").iterdir()} == PREVIEW_PNGS
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert all(data_uri(as_webp(png)) in html for png in PREVIEW_PNGS.values())


def test_figures_are_parts_of_the_report(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    for name in set(FIGURES) - {"examples"}:
        assert data_uri((folder / f"{name}.png").read_bytes()) in html


def test_random_examples_are_shown_with_their_own_images(folder, evaluation):
    picture = cv2.imread(str(folder / "examples.png"), cv2.IMREAD_GRAYSCALE)
    for _, image in evaluation.examples["random"]:
        assert (picture == image[0, 0]).sum() >= 8 * 30


def test_the_same_evaluation_gives_the_same_bytes(tmp_path, samples, recognize, evaluate_params, context):
    for name in ("one", "other"):
        write_evaluation(tmp_path / name, evaluate(samples, recognize, evaluate_params, 7), context)
    folder = tmp_path / "one"
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len(paths) == 2 + len(TABLES) + len(FIGURES) + len(PREVIEW_PNGS)
    for path in paths:
        assert path.read_bytes() == (tmp_path / "other" / path.relative_to(folder)).read_bytes(), path.name


def test_a_model_that_was_not_trained_has_no_learning_curves(tmp_path, evaluation, context):
    write_evaluation(tmp_path / "evaluation", evaluation, context._replace(history=[]))
    assert not (tmp_path / "evaluation" / "learning_curves.png").exists()
    assert "No epoch was trained" in (tmp_path / "evaluation" / "report.html").read_text(encoding="utf-8")


def test_perfect_predictions_leave_an_empty_table_of_confusions_with_its_header(
    tmp_path, samples, labels, evaluate_params, context
):
    def perfect(images):
        return [Prediction(labels[i], 1.0) for i in images[:, 0, 0].tolist()]

    write_evaluation(tmp_path / "e", evaluate(samples, perfect, evaluate_params, 7), context)
    assert (tmp_path / "e" / "confusions.csv").read_text() == "confusion,label,prediction,n\n"
    assert "every prediction is correct" in (tmp_path / "e" / "report.html").read_text(encoding="utf-8")


def test_a_failure_leaves_the_earlier_evaluation(folder, evaluation, context):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(KeyError):
        write_evaluation(folder, evaluation, context._replace(previews={"unheard of": b""}))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, evaluation, context, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(InkpipeError, match="No permission to write"):
        write_evaluation(tmp_path / "e", evaluation, context)
