"""The files of an evaluation: metrics.json, tables as CSV, figures, previews and report.html."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inkpipe.evaluation import figures
from inkpipe.evaluation.analysis import CharacterErrors, Confusion, LengthErrors
from inkpipe.evaluation.calibration import CalibrationBin
from inkpipe.evaluation.curves import learning_curves
from inkpipe.evaluation.evaluate import RANDOM, Evaluation
from inkpipe.evaluation.grid import prediction_grid
from inkpipe.evaluation.predictions import ScoredPrediction
from inkpipe.evaluation.report import ReportContext, render_report
from inkpipe.files import whole_directory, write_json
from inkpipe.training.history import History

EXAMPLES_IN_FIGURE = 12  # four rows of three: a picture that fits a screen


def write_evaluation(folder: Path, evaluation: Evaluation, context: ReportContext) -> None:
    """Write all files of an evaluation; the same arguments give the same bytes.

    Args:
        folder: is replaced as a whole once all files are written.
        evaluation: the result of `evaluate`.
        context: history, source, model and previews, for the report.

    Raises:
        InkpipeError: the folder cannot be written, or the disk is full.
    """
    analysis = evaluation.analysis
    pictures = _draw_figures(evaluation, context.history)
    with whole_directory(folder) as partial:
        write_json(partial / "metrics.json", dict(evaluation.metrics))
        _write_csv(partial / "predictions.csv", ScoredPrediction, evaluation.predictions)
        _write_csv(partial / "confusions.csv", Confusion, analysis.confusions)
        _write_csv(partial / "cer_by_character.csv", CharacterErrors, analysis.characters)
        _write_csv(partial / "cer_by_length.csv", LengthErrors, analysis.lengths)
        _write_csv(partial / "calibration.csv", CalibrationBin, analysis.calibration)
        _write_pngs(partial, pictures)
        _write_pngs(partial / "previews", context.previews)
        (partial / "report.html").write_text(render_report(evaluation, pictures, context), encoding="utf-8")


def _draw_figures(evaluation: Evaluation, history: History) -> dict[str, bytes]:
    """PNGs by name; no learning curves where no epoch was trained."""
    analysis = evaluation.analysis
    pictures = {
        "calibration": figures.reliability(analysis.calibration),
        "cer_by_length": figures.cer_by_length(analysis.lengths),
        "cer_by_character": figures.errors_by_character(analysis.characters),
        "examples": prediction_grid(evaluation.examples[RANDOM][:EXAMPLES_IN_FIGURE]),
    }
    return pictures | ({"learning_curves": learning_curves(history)} if history else {})


def _write_csv(path: Path, row_type: Any, rows: Iterable[Sequence[Any]]) -> None:
    """Rows under the field names of their type, which stand there even without a row."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(row_type._fields)
        writer.writerows(rows)


def _write_pngs(folder: Path, pictures: Mapping[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        (folder / f"{name}.png").write_bytes(png)
