"""`inkpipe drift`: are the served images still like the training images?"""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import project_params
from inkpipe.data.manifest import Manifest
from inkpipe.files import project_path
from inkpipe.inspection.served_drift import ServedDrift, served_drift
from inkpipe.inspection.served_images import read_log
from inkpipe.output import as_json
from inkpipe.rules.split_drift import LengthDrift, SizeDrift

MANIFEST = "data/validated/manifest.parquet"
# Outside of a project; the repository's params.yaml has these.
DEFAULT_LENGTH = LengthDrift(action="warn", max=0.1, significance=0.001)
DEFAULT_SIZE = SizeDrift(action="warn", max=0.15, significance=0.001)


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the comparison.

    Returns:
        1 if the served images are unlike the training images, else 0.
    """
    params = project_params()
    length = params.validate_.rules[LengthDrift] if params else DEFAULT_LENGTH
    size = params.validate_.rules[SizeDrift] if params else DEFAULT_SIZE
    manifest = Manifest(arguments.manifest or project_path(MANIFEST))
    result = served_drift(read_log(arguments.log), manifest, length, size)
    print(as_json(result.to_json(), out) if arguments.json else _text(result), file=out)
    return 1 if result.drifted else 0


def _text(result: ServedDrift) -> str:
    lines = [
        f"{result.images:,} served images, {result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M} UTC, "
        f"beside {result.trained_on:,} training images",
        "",
        f"{'':10}{'distance':>10}{'allowed':>10}{'by chance':>12}{'median, training':>19}{'served':>10}",
    ]
    for each in result.compared:
        numbers = f"{each.distance:>10.3f}{each.allowed:>10.3f}{each.probability:>12.1e}"
        medians = f"{each.training:>19.4g}{each.served:>10.4g}"
        lines.append(f"{each.name:10}{numbers}{medians}{'  unlike' if each.drifted else ''}")
    confidence = "none" if result.mean_confidence is None else f"{result.mean_confidence:.3f}"
    lines += [
        "",
        f"mean confidence {confidence}; {result.unreadable:.1%} could not be read; "
        f"{result.violating:.1%} violate a rule of the contract on the picture",
        "",
    ]
    if result.drifted:
        lines.append(
            f"The served images are unlike the training images: {', '.join(result.drifted)}. "
            "Label some of them, add them to the corpus, and train again with `dvc repro`."
        )
    else:
        lines.append("The served images are like the training images. There is no reason to train again.")
    return "\n".join(lines)
