"""`inkpipe learning-curve`: what would more labels buy?"""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root, require_replaceable


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Train on nested subsets of the training images, fit a power law and write table, numbers and chart.

    Of mixed data the subsets are of the real images, which alone are counted.

    Args:
        arguments: `fractions` (numbers with commas), `epochs` (None for those of params.yaml), `seeds` (their number)
            and `out`, a folder that is new or an earlier output.
        out: gets a line for each training, the answer, and the paths.

    Returns:
        0.

    Raises:
        InkpipeError: the fractions make no curve, an output of an earlier stage is absent, or a training fails.
    """
    fractions = parse_fractions(arguments.fractions)
    if arguments.seeds < 1:
        raise InkpipeError(f"A learning curve needs a seed. Received: --seeds {arguments.seeds}. Give at least 1.")
    from inkpipe.cli.training_inputs import TrainingInputs
    from inkpipe.evaluation.evaluate import RecordedSamples
    from inkpipe.evaluation.metrics import interval
    from inkpipe.studies.amount_of_data import COMMAND, measure_subset, write_learning_curve
    from inkpipe.studies.nested_subsets import nested_subsets, train_subsets
    from inkpipe.studies.power_law import describe_extrapolation, fit_power_law
    from inkpipe.studies.selection import selectable

    folder = arguments.out or project_root() / "data/learning_curve"
    require_replaceable(folder, COMMAND)  # before hours of training
    inputs = TrainingInputs.of_project(arguments.epochs)
    seed, params = inputs.params.seed, inputs.params.evaluate
    subsets = nested_subsets(selectable(inputs.data.train).count, fractions, range(seed, seed + arguments.seeds))
    checkpoints = inputs.checkpoints([f"subset-{len(each.rows)}-seed-{each.seed}" for each in subsets])
    validation = RecordedSamples(inputs.records, "validation")
    measured = []
    for subset, model in train_subsets(inputs.data, inputs.vocabulary, inputs.settings, subsets, checkpoints):
        measured.append(measure_subset(subset, model, validation, params, seed))
        rates = interval(measured[-1].scores.to_json(), "cer")
        print(f"{len(subset.rows):>9,} images, seed {subset.seed}: validation CER {rates}", file=out, flush=True)
    law = fit_power_law([each.point for each in measured], params.bootstrap, seed)
    write_learning_curve(folder, measured, law)
    for each in checkpoints:
        each.remove()
    print(describe_extrapolation(law), file=out)
    print(*(folder / f"learning_curve.{kind}" for kind in ("csv", "json", "png")), sep="\n", file=out)
    return 0


def parse_fractions(text: str) -> list[float]:
    """Read numbers with commas between them.

    Args:
        text: such as `0.1,0.25,1`.

    Raises:
        InkpipeError: a part is not a number.
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InkpipeError(
            f"--fractions takes numbers with commas. Received: {text!r}. Give such as 0.1,0.25,0.5,1."
        ) from error
