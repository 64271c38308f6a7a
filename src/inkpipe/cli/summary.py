"""`inkpipe summary`: the results of the last pipeline run, and what to try next."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import PRINTED_RATES, model_name
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import interval
from inkpipe.files import project_root
from inkpipe.model.artifacts import model_digest
from inkpipe.promotion.decision import read_decision, read_scores
from inkpipe.tracking import open_store
from inkpipe.tracking.registry import find_version

NEXT = {
    "dvc exp run -S lr=0.0005": "try another parameter; only the stages that it touches run again",
    "make ui": "compare runs in the MLflow UI",
    "inkpipe read IMAGE...": "recognize the text of images with the champion",
    "inkpipe score --data FOLDER_OR_ZIP --split test": "score the champion on your own data",
    "dvc exp run -S data.source=folder -S data.folder.path=FOLDER_OR_ZIP": "train on your own data",
}


def run(_: argparse.Namespace, out: TextIO) -> int:
    """Print scores with 95 % intervals, the version and its aliases, the decision, the report and next commands.

    The exit code is 1 if the registry does not have the model, so that `make repro` can register it.

    Raises:
        InkpipeError: the outputs of a run are absent, as in a clone, whose metrics are those of the commit.
    """
    data, name = project_root() / "data", model_name()
    recognizer = data / "recognizer"
    if not recognizer.exists():
        raise InkpipeError(
            f"No run of the pipeline is here. Received: {recognizer}, which does not exist. Run `make repro`, or "
            "`dvc pull` if the outputs are on a DVC remote."
        )
    scores, decision = read_scores(data / "metrics.json"), read_decision(data / "promotion.json")
    store = open_store()
    version = find_version(store, name, model_digest(recognizer))
    if version:
        place = f"{version} ({', '.join(version.aliases) or 'no alias'}) in {store.shown_uri}"
    else:
        place = f"not registered in {store.shown_uri}; run `dvc repro -sf promote` to register it"
    print(f"{scores['n']:,} test images, each rate with its 95 % interval", file=out)
    for title, rate in PRINTED_RATES.items():
        print(f"  {title:<12}{interval(scores, rate)}", file=out)
    print(f"  {'registry':<12}{place}", file=out)
    print(f"  {'decision':<12}{decision.word}. {decision.reason}", file=out)
    print(f"  {'report':<12}{data / 'evaluation' / 'report.html'}", file=out)
    print("next:", file=out)
    for command, purpose in NEXT.items():
        print(f"  {command}\n      {purpose}", file=out)
    return 0 if version else 1
