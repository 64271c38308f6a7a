"""Keep a decision in the registry: tags, a description, and the alias `challenger` of the best rejected model."""

from __future__ import annotations

import json

from inkpipe.promotion.comparison import Latencies
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.decision_text import decision_markdown
from inkpipe.tracking.exclusive import exclusive
from inkpipe.tracking.model_version import DECISION, TEST_IMAGES, ModelVersion
from inkpipe.tracking.registry import (
    CHALLENGER,
    aliased_version,
    describe_version,
    remove_alias,
    set_alias,
    shortened,
)
from inkpipe.tracking.runs import describe_run
from inkpipe.tracking.store import ReadStore


def record_decision(
    store: ReadStore, version: ModelVersion, decision: Decision, run_id: str, latencies: Latencies | None = None
) -> None:
    """Keep a decision with its version, and describe the run of its training by it.

    Args:
        store: of the version.
        version: the model that was decided on.
        decision: the decision.
        run_id: of the experiment that is promoted. It is another than the version's if the training came from a cache.
        latencies: the times that were measured for it.

    Raises:
        InkpipeError: the store fails.
    """
    tags = {
        DECISION: json.dumps(decision.to_json()),
        TEST_IMAGES: decision.images,
        "decision": decision.word,
        "test_cer": f"{decision.candidate.cer:.4f}",
        "failed_checks": ", ".join(dict.fromkeys(line.check for line in decision.failed)) or "none",
    }
    if latencies:
        tags |= {f"latency_ms.{name}": f"{1000 * value:.1f}" for name, value in latencies._asdict().items()}
    description = shortened(decision_markdown(decision), "The other checks stand in data/promotion.json.")
    describe_version(store, version, tags, description)
    for run in sorted({version.run_id, run_id}):
        describe_run(store, run, f"{version}: {description}\n\nThe report is the artifact evaluation/report.html.")


def update_challenger(store: ReadStore, version: ModelVersion, decision: Decision) -> None:
    """Give the alias `challenger` to the rejected model of the lowest CER on these test images; a champion loses it.

    Args:
        store: of the version.
        version: the model that was decided on.
        decision: the decision.

    Raises:
        InkpipeError: the store fails.
    """
    with exclusive(store, version.name):
        challenger = aliased_version(store, version.name, CHALLENGER)
        if decision.promoted:
            if challenger and challenger.number == version.number:
                remove_alias(store, version.name, CHALLENGER)
        elif challenger is None or not _as_good(challenger, decision):
            set_alias(store, version, CHALLENGER)


def _as_good(challenger: ModelVersion, decision: Decision) -> bool:
    """Whether a version has a CER on the same images that is not higher."""
    earlier = Decision.from_json(challenger.decision) if challenger.decision else None
    return bool(earlier and earlier.images == decision.images and earlier.candidate.cer <= decision.candidate.cer)
