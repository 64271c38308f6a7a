from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.analysis import analyse, make_read
from inkpipe.corpus import Sample, write_split
from inkpipe.errors import InkpipeError
from inkpipe.evaluation import (
    Inputs,
    LabelledImages,
    choose_examples,
    evaluate,
    judge,
    read_all,
    read_history,
    real_images,
    summary,
)
from inkpipe.manifest import MANIFEST
from inkpipe.metrics import score
from inkpipe.params import load_params
from inkpipe.params.training import EvaluateParams
from inkpipe.report import SHEETS, Background, data_uri
from inkpipe.sheets import encode_png

LABELS = ["ANNA", "EVE", "LE ROI", "D'ARC", "ZO\N{LATIN CAPITAL LETTER E WITH DIAERESIS}", "X"] * 3
READS = ["ANNA", "EVES", "LEROI", "", "ZO\N{REPLACEMENT CHARACTER}", "X"] * 3
SETTINGS = EvaluateParams(bootstrap=50, batch_size=4, examples=8)
HISTORY = {"epoch": [1.0, 2.0], "loss": [3.0, 2.0], "val_loss": [3.0, 2.5], "val_cer": [0.5, 0.3]}
SHEET_PNGS = {name: encode_png(np.full((4, 6), i, np.uint8)) for i, name in enumerate(SHEETS)}
SOURCE = {"source": "folder", "splits": {"test": {"rows": 18}}}
BACKGROUND = Background(HISTORY, SOURCE, {"network": "crnn"}, SHEET_PNGS)
TABLES = ("predictions", "confusions", "cer_by_character", "cer_by_length", "calibration")
FIGURES = ("calibration", "cer_by_length", "cer_by_character", "examples", "learning_curves")


def images() -> Iterator[tuple[str, str, np.ndarray]]:
    for i, label in enumerate(LABELS):
        yield f"{i:02d}.jpg", label, np.full((8, 30), i, np.uint8)


def read_images(batch: np.ndarray) -> list[tuple[str, float]]:
    """Knows each image by its grey."""
    assert batch.dtype == np.uint8
    return [(READS[i], 1 - i / 100) for i in batch[:, 0, 0].tolist()]


def inputs(folder: Path) -> Inputs:
    return Inputs(folder, folder / "history.csv", folder, folder, folder / "manifest.parquet")


def judged(target: Path, history: dict[str, list[float]] = HISTORY) -> Path:
    test = LabelledImages(images, len(LABELS))
    judge(test, read_images, BACKGROUND._replace(history=history), SETTINGS, 7, target)
    return target


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged(tmp_path_factory.mktemp("judged") / "evaluation")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_judge_leaves_scores_tables_figures_and_report(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "metrics.json", "report.html", "sheets",
        *(f"{name}.csv" for name in TABLES), *(f"{name}.png" for name in FIGURES),
    }  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert score(LABELS, READS, 50, 7).to_json().items() <= metrics.items()
    assert metrics["cer"] == round(8 / 22, 6)


def test_predictions_hold_every_image_in_order(folder: Path) -> None:
    found = rows(folder / "predictions.csv")
    assert [row["label"] for row in found] == LABELS
    assert [row["read"] for row in found] == READS
    assert found[2] == {"filename": "02.jpg", "label": "LE ROI", "read": "LEROI", "confidence": "0.98", "edits": "1"}


def test_tables_name_their_columns_for_the_plots(folder: Path) -> None:
    columns = {name: list(rows(folder / f"{name}.csv")[0]) for name in TABLES}
    assert columns == {
        "predictions": ["filename", "label", "read", "confidence", "edits"],
        "confusions": ["confusion", "true", "read", "n"],
        "cer_by_character": ["character", "n", "substituted", "deleted", "inserted", "error_rate"],
        "cer_by_length": ["length", "n", "cer", "exact"],
        "calibration": ["low", "high", "n", "confidence", "exact"],
    }


def test_sheets_lie_beside_the_report_and_stand_in_it(folder: Path) -> None:
    assert {path.stem: path.read_bytes() for path in (folder / "sheets").iterdir()} == SHEET_PNGS
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert all(data_uri(png) in html for png in SHEET_PNGS.values())


def test_sheets_show_accepted_test_images_as_they_came(tmp_path: Path) -> None:
    labels = {"a.jpg": "anna", "bad.jpg": "EMPTY", "c.jpg": " Zoe"}
    write_split(tmp_path, "test", [Sample(name, label, name.encode()) for name, label in labels.items()])
    verdicts = {"a.jpg": ("ANNA", "accepted"), "bad.jpg": ("EMPTY", "quarantined"), "c.jpg": ("ZOE", "accepted")}
    manifest = [
        {"split": "test", "filename": name, "label": label, "verdict": verdict}
        for name, (label, verdict) in verdicts.items()
    ]
    pq.write_table(pa.Table.from_pylist(manifest, schema=MANIFEST), tmp_path / "manifest.parquet")
    found = inputs(tmp_path)
    shown = real_images(found, {"source": "folder"})
    assert shown is not None
    assert list(shown) == [Sample("a.jpg", "ANNA", b"a.jpg"), Sample("c.jpg", "ZOE", b"c.jpg")]
    assert real_images(found, {"source": "synthetic"}) is None


def test_the_same_reads_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    other = judged(tmp_path / "other")
    for path in filter(Path.is_file, folder.rglob("*")):
        assert path.read_bytes() == (other / path.relative_to(folder)).read_bytes(), path.name


def test_a_reader_that_was_not_trained_has_no_learning_curves(tmp_path: Path) -> None:
    folder = judged(tmp_path / "evaluation", {name: [] for name in HISTORY})
    assert not (folder / "learning_curves.png").exists()
    assert "No epoch was trained" in (folder / "report.html").read_text(encoding="utf-8")


def test_perfect_reads_leave_an_empty_table_of_confusions_with_its_header(tmp_path: Path) -> None:
    def perfect(batch: np.ndarray) -> list[tuple[str, float]]:
        return [(LABELS[i], 1.0) for i in batch[:, 0, 0].tolist()]

    judge(LabelledImages(images, len(LABELS)), perfect, BACKGROUND, SETTINGS, 7, tmp_path / "e")
    assert (tmp_path / "e" / "confusions.csv").read_text() == "confusion,true,read,n\n"
    assert "every read is right" in (tmp_path / "e" / "report.html").read_text(encoding="utf-8")


def test_a_failure_leaves_the_earlier_evaluation(folder: Path) -> None:
    before = (folder / "metrics.json").read_bytes()
    with pytest.raises(InkpipeError, match="0 labels"):
        judge(LabelledImages(lambda: iter(()), 0), read_images, BACKGROUND, SETTINGS, 7, folder)
    assert (folder / "metrics.json").read_bytes() == before


def test_read_all_reads_in_batches_and_keeps_the_order() -> None:
    sizes = []

    def counting(batch: np.ndarray) -> list[tuple[str, float]]:
        sizes.append(len(batch))
        return read_images(batch)

    reads = list(read_all(images(), counting, 8))
    assert sizes == [8, 8, 2]
    assert [each.read for each in reads] == READS


def test_a_reader_that_diverged_is_refused() -> None:
    with pytest.raises(InkpipeError, match=r"00\.jpg.*diverged"):
        list(read_all(images(), lambda batch: [("A", float("nan"))] * len(batch), 4))


def test_examples_are_drawn_best_worst_and_sure_but_wrong() -> None:
    reads = [make_read(str(i), "ABCD", read, confidence) for i, (read, confidence) in enumerate(
        [("ABCD", 0.5), ("ABCD", 0.9), ("ABCX", 0.8), ("A", 0.3), ("", 0.1), ("ABCD", 0.7)]
    )]  # fmt: skip
    chosen = choose_examples(reads, 8, 1)
    assert chosen["best"] == [1, 5]
    assert chosen["worst"] == [4, 3]
    assert chosen["sure and wrong"] == [2, 3]
    assert len(chosen["random"]) == 2
    assert choose_examples(reads, 8, 1) == chosen
    assert choose_examples(reads[:1], 8, 1) == {"random": [0], "best": [0], "worst": [], "sure and wrong": []}


def test_examples_are_shown_with_their_own_images(folder: Path) -> None:
    picture = cv2.imread(str(folder / "examples.png"), cv2.IMREAD_GRAYSCALE)
    chosen = choose_examples([make_read("", *pair, 0.5) for pair in zip(LABELS, READS, strict=True)], 8, 7)["random"]
    for position in chosen:
        assert (picture == position).sum() >= 8 * 30


def test_read_history_gives_columns(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss,val_cer,lr\n1,3,3,0.5,0.01\n2,2,2.5,0.3,0.01\n")
    assert read_history(tmp_path / "history.csv") == HISTORY


def test_a_history_without_epochs_is_empty(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss,val_cer,lr\n")
    assert read_history(tmp_path / "history.csv") == {name: [] for name in HISTORY}


@pytest.mark.parametrize(
    ("content", "says"), [("epoch,loss\n1,2\n", "val_loss"), ("epoch,loss,val_loss,val_cer\n1,2,3,high\n", "high")]
)
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "history.csv").write_text(content)
    with pytest.raises(InkpipeError, match=rf"not a training history.*{says}"):
        read_history(tmp_path / "history.csv")


def test_an_absent_history_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InkpipeError, match="dvc repro train"):
        read_history(tmp_path / "history.csv")


def test_a_folder_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    params = load_params(Path(__file__).parents[1] / "params.yaml")
    with pytest.raises(InkpipeError, match="is not a reader"):
        evaluate(params, inputs(tmp_path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_summary_names_rates_and_intervals() -> None:
    line = summary(analyse(list(read_all(images(), read_images, 4)), 50, 7))
    assert line.startswith("18 test images: CER 36.36% (")
    assert "exact 33.33% (" in line
