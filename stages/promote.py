"""promote: register the model, and make it champion if it passes every check, on the same images as the champion."""

from pathlib import Path

from inkpipe.data.corpus import Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.evaluation.predictions import read_predictions
from inkpipe.files import write_json
from inkpipe.params import load_params
from inkpipe.progress import say
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.card.card_facts import gather_facts
from inkpipe.promotion.card.card_store import log_card
from inkpipe.promotion.decision import read_scores, write_decision
from inkpipe.promotion.decision_text import check_lines
from inkpipe.promotion.promote import promote
from inkpipe.serving.registered import registered_recognizer
from inkpipe.stage import run_stage
from inkpipe.tracking import connect, ensure_run
from inkpipe.training.history import read_history

MODEL = Path("data/model")
HISTORY = Path("data/history.csv")
EVALUATION = Path("data/evaluation")
METRICS = Path("data/metrics.json")
CORPUS = Path("data/raw")
MANIFEST = Path("data/validated/manifest.parquet")
REPORT = Path("data/validated/report.json")
RECOGNIZER = Path("data/recognizer")
PROMOTION = Path("data/promotion.json")
REGISTERED = Path("mlflow.db.registered")


def main() -> str:
    """Promote by the parameters of `promote`. All parameters are logged if the training has no MLflow run yet.

    What is registered is the model together with its network as ONNX.
    """
    params = load_params()
    scores, predictions = read_scores(METRICS), read_predictions(EVALUATION / "predictions.csv")
    manifest = Manifest(MANIFEST)
    corpus = Corpus(CORPUS)
    samples, facts = AcceptedSamples(corpus, manifest, "test"), manifest.facts("test")
    store = connect()
    run_id = ensure_run(store, MODEL, read_history(HISTORY), params)

    candidate = Candidate(RECOGNIZER, run_id, scores, predictions, EVALUATION, facts)
    version, decision, judged = promote(store, candidate, samples, params.promote, registered_recognizer, params.seed)

    log_card(store, version, gather_facts(store, run_id, params, corpus, REPORT, RECOGNIZER, EVALUATION, scores))
    write_decision(PROMOTION, decision)
    write_json(REGISTERED, {"model": params.promote.model_name, "digest": version.digest})
    for line in check_lines(decision):
        say(line)
    return f"{version}: {decision.word}. {decision.reason} Models judged on these test images: {judged}."


if __name__ == "__main__":
    run_stage("promote", "registering the model", main)
