"""The files of an evaluation: metrics.json; and in a folder, tables as CSV, figures, previews and report.html."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inkpipe.evaluation import figures
from inkpipe.evaluation.analysis import CharacterErrors, Confusion, LengthErrors
from inkpipe.evaluation.calibration import CalibrationBin
from inkpipe.evaluation.curves import learning_curves
from inkpipe.evaluation.evaluate import RANDOM, Evaluation
from inkpipe.evaluation.grid import prediction_grid
from inkpipe.evaluation.predictions import write_predictions
from inkpipe.evaluation.rejection import Acceptance, RejectionPoint
from inkpipe.evaluation.report import ReportContext, render_report
from inkpipe.evaluation.slices import SliceRow, slice_rows, slices_to_json
from inkpipe.evaluation.suspect_labels import LabelError
from inkpipe.files import whole_directory, write_csv, write_json
from inkpipe.training.history import History

EXAMPLES_IN_FIGURE = 12  # four rows of three: a picture that fits a screen


def write_evaluation(folder: Path, evaluation: Evaluation, context: ReportContext) -> None:
    """Write the tables, figures, previews and report of an evaluation; the same arguments give the same bytes.

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
        write_json(partial / "slices.json", slices_to_json(evaluation.slices))
        write_predictions(partial / "predictions.csv", evaluation.predictions)
        write_csv(partial / "confusions.csv", Confusion._fields, analysis.confusions)
        write_csv(partial / "cer_by_character.csv", CharacterErrors._fields, analysis.characters)
        write_csv(partial / "cer_by_length.csv", LengthErrors._fields, analysis.lengths)
        write_csv(partial / "calibration.csv", CalibrationBin._fields, analysis.calibration)
        write_csv(partial / "rejection.csv", RejectionPoint._fields, analysis.rejection)
        write_csv(partial / "acceptance.csv", Acceptance._fields, evaluation.acceptance)
        write_csv(partial / "slices.csv", SliceRow._fields, slice_rows(evaluation.slices))
        write_csv(partial / "label_errors.csv", LabelError._fields, map(LabelError.to_row, evaluation.label_errors))
        _write_pngs(partial, pictures)
        _write_pngs(partial / "previews", context.previews)
        (partial / "report.html").write_text(render_report(evaluation, pictures, context), encoding="utf-8")


def write_metrics(path: Path, evaluation: Evaluation) -> None:
    """Write metrics.json. It stands beside the folder of the evaluation, because git keeps it and DVC the folder.

    Args:
        path: the file to replace.
        evaluation: the result of `evaluate`.

    Raises:
        InkpipeError: the file cannot be written.
    """
    write_json(path, dict(evaluation.metrics))


def _draw_figures(evaluation: Evaluation, history: History) -> dict[str, bytes]:
    """PNGs by name; no learning curves where no epoch was trained."""
    analysis = evaluation.analysis
    pictures = {
        "calibration": figures.reliability(analysis.calibration, analysis.uncalibrated, analysis.character_calibration),
        "rejection": figures.rejection(analysis.rejection),
        "cer_by_length": figures.cer_by_length(analysis.lengths),
        "cer_by_character": figures.errors_by_character(analysis.characters),
        "examples": prediction_grid(evaluation.examples[RANDOM][:EXAMPLES_IN_FIGURE]),
    }
    return pictures | ({"learning_curves": learning_curves(history)} if history else {})


def _write_pngs(folder: Path, pictures: Mapping[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        (folder / f"{name}.png").write_bytes(png)
