"""`inkpipe label-errors`: the labels of a project that are probably wrong, as a table and as a picture."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from inkpipe.errors import InkpipeError
from inkpipe.files import own_directory, project_root, require_replaceable, write_csv
from inkpipe.output import printable

if TYPE_CHECKING:
    from inkpipe.evaluation.evaluate import PreparedSamples
    from inkpipe.evaluation.predictions import Picture
    from inkpipe.evaluation.suspect_labels import LabelError
    from inkpipe.params import Params
    from inkpipe.params.evaluate import EvaluateParams

COMMAND = "label-errors"
COLUMNS = 3  # images in a row of the picture


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Rank the labels of a split, and write `label_errors.csv` and, if a label is suspect, `label_errors.png`.

    Those of synthetic images beside real ones are not ranked: they are right.

    Args:
        arguments: `split`, `folds` and `epochs` (None for those of params.yaml), and `out`, a folder that is new or an
            earlier output.
        out: gets the number of suspect labels, the most suspect ones, and the paths.

    Returns:
        0.

    Raises:
        InkpipeError: an output of an earlier stage is absent, the folder holds other files, or a training fails.
    """
    from inkpipe.dataset.records import Records
    from inkpipe.params import load_params
    from inkpipe.studies.training_labels import labeled_samples

    root = project_root()
    project = load_params(root / "params.yaml")
    params = project.evaluate
    folds = params.label_errors.folds if arguments.folds is None else arguments.folds
    if folds and arguments.split != "train":
        raise InkpipeError(
            f"Only training labels are judged by folds. Received: --split {arguments.split} with {folds} folds. "
            "Give --folds 0: the finished model has not seen these labels."
        )
    if arguments.epochs is not None and not folds:
        raise InkpipeError(
            f"Without folds nothing is trained. Received: --epochs {arguments.epochs}. Add --folds 2 or more, or leave "
            "--epochs out: the finished model judges the labels."
        )
    folder = arguments.out or root / "data/label_errors"
    require_replaceable(folder, COMMAND)  # before hours of training
    samples = labeled_samples(Records(root / "data/records"), arguments.split)
    errors = _cross_fitted(samples, folds, arguments.epochs) if folds else _by_model(samples, arguments.split, params)
    images = _untouched_images(
        {each.filename for each in errors[: params.label_errors.shown]}, arguments.split, project
    )
    _write(folder, errors, images)
    print(f"{len(errors):,} of {len(samples):,} {arguments.split} labels are less likely than the prediction", file=out)
    for each in errors[:10]:
        texts = f"{printable(each.label, out)} -> {printable(each.prediction, out)}"
        print(f"  {each.score:7.2f}  {printable(each.filename, out)}  {texts}", file=out)
    print(*sorted(folder.glob("label_errors.*")), sep="\n", file=out)
    return 0


def _by_model(samples: PreparedSamples, split: str, params: EvaluateParams) -> list[LabelError]:
    from inkpipe.model.artifacts import load_model
    from inkpipe.studies.training_labels import judge_labels

    model = load_model(project_root() / "data/model").model
    return judge_labels(samples, model, split, params.batch_size)


def _cross_fitted(samples: PreparedSamples, folds: int, epochs: int | None) -> list[LabelError]:
    from inkpipe.cli.training_inputs import TrainingInputs
    from inkpipe.studies.cross_fitting import cross_fit
    from inkpipe.studies.training_labels import judge_folds

    inputs = TrainingInputs.of_project(epochs)
    checkpoints = inputs.checkpoints([f"fold-{number}-of-{folds}" for number in range(folds)])
    parts = cross_fit(inputs.data, inputs.vocabulary, inputs.settings, folds, checkpoints)
    errors = judge_folds(samples, parts, "train", inputs.params.evaluate.batch_size)
    for each in checkpoints:
        each.remove()
    return errors


def _untouched_images(names: Collection[str], split: str, params: Params) -> dict[str, Picture]:
    """Images of the corpus by name, before any cleaning: it may have cut off the letters that a label seems to add."""
    from inkpipe.data.corpus import Corpus
    from inkpipe.imaging import decode
    from inkpipe.imaging.resize import limit

    size = params.preprocess
    samples = Corpus(project_root() / "data/raw").samples(split) if names else ()
    shown = (each for each in samples if each.filename in names)
    return {each.filename: limit(decode(each.image), size.height, size.width) for each in shown}


def _write(folder: Path, errors: Sequence[LabelError], images: Mapping[str, Picture]) -> None:
    from inkpipe.evaluation.grid import encode_png, image_grid
    from inkpipe.evaluation.suspect_labels import LabelError

    first = errors[: len(images)]
    with own_directory(folder, COMMAND) as partial:
        write_csv(partial / "label_errors.csv", LabelError._fields, map(LabelError.to_row, errors))
        rows = [first[start : start + COLUMNS] for start in range(0, len(first), COLUMNS)]
        if rows:
            picture = image_grid(
                [[images[each.filename] for each in row] for row in rows],
                [[f"label {each.label}\nprediction {each.prediction}" for each in row] for row in rows],
                title="Labels to check, most suspect first",
            )
            (partial / "label_errors.png").write_bytes(encode_png(picture))
