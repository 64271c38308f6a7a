"""Register a model, and make it champion if it passes every check, on the same images as the champion."""

from __future__ import annotations

from typing import NamedTuple

from inkpipe.params.promote import PromoteParams
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.gate import Gate
from inkpipe.promotion.moves import move_champion, notice_moves_outside
from inkpipe.promotion.record import record_decision, update_challenger
from inkpipe.promotion.registered_models import LabeledSamples, OpenRecognizer
from inkpipe.tracking import Store, log_evaluation
from inkpipe.tracking.model_version import TEST_IMAGES, ModelVersion
from inkpipe.tracking.packages import check_package
from inkpipe.tracking.registry import CHAMPION, aliased_version, count_tagged, register


class Promotion(NamedTuple):
    """The result of `promote`.

    Attributes:
        version: the model in the registry.
        decision: on it.
        judged: the number of models that were judged on these test images, this one included. The more there are, the
            more the best of them owes to chance.
    """

    version: ModelVersion
    decision: Decision
    judged: int


def promote(
    store: Store,
    candidate: Candidate,
    samples: LabeledSamples,
    params: PromoteParams,
    open_recognizer: OpenRecognizer,
    seed: int,
) -> Promotion:
    """Register a candidate, log its evaluation, and make it champion if it passes every check.

    A second call changes nothing. After a call that failed, the next one completes what is missing. Of promotions at
    the same time, each is compared with the champion that the others have made, so that the best one remains.

    Args:
        store: the MLflow store with the registry.
        candidate: the new model.
        samples: the images that the candidate was evaluated on; the champion is run on them.
        params: the name in the registry and the thresholds of the checks.
        open_recognizer: starts a registered model, such as `inkpipe.serving.registered.registered_recognizer`.
        seed: of the bootstrap.

    Returns:
        The candidate's version, the decision on it and the number of models judged on these images.

    Raises:
        InkpipeError: the store fails, the registered files cannot be read back, the candidate's predictions belong to
            other images, or the champion cannot be run and `if_champion_fails` is `stop`.
    """
    notice_moves_outside(store, params.model_name)
    version = register(store, params.model_name, candidate.model_folder, candidate.run_id)
    check_package(version)
    log_evaluation(store, candidate.run_id, version.model_id, candidate.scores, candidate.evaluation)
    gate = Gate(candidate, samples, params, open_recognizer, seed)
    settled = False
    while not settled:  # until the champion is the one that the decision was made against
        champion = aliased_version(store, version.name, CHAMPION)
        decision, latencies = gate.judge(version, champion)
        if version.taken_down is None:  # else the gate's own judgement stays on record
            record_decision(
                store, version, decision, candidate.run_id, latencies
            )  # first: after a stop, the next call repeats both
        settled = _settle(store, version, champion, decision)
    update_challenger(store, version, decision)
    return Promotion(version, decision, count_tagged(store, version.name, TEST_IMAGES, candidate.images))


def _settle(store: Store, version: ModelVersion, champion: ModelVersion | None, decision: Decision) -> bool:
    """Move the alias if the decision says so; whether the decision holds, since no other process moved it meanwhile."""
    if decision.promoted and not (champion and champion.number == version.number):
        return move_champion(store, version, champion, "gate", decision.reason)
    now = aliased_version(store, version.name, CHAMPION)
    return (now.number if now else None) == (champion.number if champion else None)
