"""`inkpipe champion`: what serves now, how well it reads, and where it came from."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, TextIO

from inkpipe.cli.common import champion, interval
from inkpipe.promotion import DECISION
from inkpipe.tracking import MODEL_DIGEST, Store, understood

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the champion, for people or as JSON."""
    store, version = champion()
    with understood():
        found = describe(store, version)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False), file=out)
        return 0
    cer = interval(found, "cer") if found["cer"] is not None else "not known"
    lines = {
        "champion": f"{found['name']} version {found['version']}",
        "test CER": f"{cer} on {found['n']:,} images" if found["n"] else cer,
        "reader": found["digest"],
        "trained on": ", ".join(f"{data['name']} {data['digest']}" for data in found["data"]) or None,
        "MLflow run": found["run_id"],
        "git commit": found["git_commit"],
        "experiment": found["dvc_experiment"],
        "why": found["reason"],
    }
    for name, value in lines.items():
        print(f"{name:<12}{value or 'not known'}", file=out)
    return 0


def describe(store: Store, version: ModelVersion) -> dict[str, Any]:
    """All that the registry knows of a version; null where it knows nothing."""
    decision = json.loads(version.tags.get(DECISION, "{}"))
    run = store.client.get_run(version.run_id)
    inputs = [{"name": item.dataset.name, "digest": item.dataset.digest} for item in run.inputs.dataset_inputs]
    return {
        "name": version.name,
        "version": int(version.version),
        "digest": version.tags.get(MODEL_DIGEST),
        **{key: decision.get("scores", {}).get(key) for key in ("n", "cer", "cer_low", "cer_high")},
        "reason": decision.get("reason"),
        "run_id": version.run_id,
        "git_commit": run.data.tags.get("git.commit"),
        "git_dirty": run.data.tags.get("git.dirty"),
        "dvc_experiment": run.data.tags.get("dvc.experiment"),
        "data": inputs,
    }
