"""`inkpipe summary`: what the last pipeline run came to, and what to try next."""

from __future__ import annotations

import argparse
from typing import TextIO

from inkpipe.cli.common import interval, model_name
from inkpipe.files import project_root, read_json
from inkpipe.model.artifacts import model_digest
from inkpipe.registry import find
from inkpipe.tracking import connect, tracking_uri, understood

NEXT = {
    "dvc exp run -S lr=0.0005": "try another setting; re-runs only what it touches",
    "make ui": "compare runs in the MLflow UI",
    "inkpipe read IMAGE...": "read images with the champion",
    "inkpipe score --data FOLDER_OR_ZIP --split test": "score the champion on data of your own",
    "dvc exp run -S data.source=folder -S data.folder.path=FOLDER_OR_ZIP": "train on data of your own",
}


def run(_: argparse.Namespace, out: TextIO) -> int:
    """Print scores with their 95 % intervals, registry version and alias, where the report is, and next commands."""
    data, name = project_root() / "data", model_name()
    scores = read_json(data / "evaluation" / "metrics.json", "evaluate")
    decision = read_json(data / "promotion.json", "promote")
    store = connect()
    with understood():
        version = find(store, name, model_digest(data / "model"))
        registered = store.client.get_model_version(name, str(version.version)) if version else None
    aliases = ", ".join(registered.aliases) if registered else ""
    print(f"{scores['n']:,} test images, each rate with its 95 % interval", file=out)
    for title, rate in (("CER", "cer"), ("WER", "wer"), ("exact match", "exact")):
        print(f"  {title:<12}{interval(scores, rate)}", file=out)
    where = (
        f"{name} version {registered.version} ({aliases or 'no alias'})"
        if registered
        else "not registered: `dvc repro -f promote` does it"
    )
    print(f"  {'registry':<12}{where} in {tracking_uri()}", file=out)
    print(f"  {'decision':<12}{decision['decision']}. {decision['reason']}", file=out)
    print(f"  {'report':<12}{data / 'evaluation' / 'report.html'}", file=out)
    print("next:", file=out)
    for command, does in NEXT.items():
        print(f"  {command}\n      {does}", file=out)
    return 0
