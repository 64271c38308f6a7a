"""promote: register the model, and make it champion if it is better than the champion on the same images."""

from pathlib import Path

from inkpipe.data.corpus import Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.params import load_params
from inkpipe.promotion.decision import read_scores, write_decision
from inkpipe.promotion.promote import Candidate, promote
from inkpipe.serving.registered import registered_recognizer
from inkpipe.stage import run_stage
from inkpipe.tracking import connect, ensure_run
from inkpipe.training.history import read_history

MODEL = Path("data/model")
HISTORY = Path("data/history.csv")
EVALUATION = Path("data/evaluation")
CORPUS = Path("data/raw")
MANIFEST = Path("data/validated/manifest.parquet")
PROMOTION = Path("data/promotion.json")


def main() -> str:
    """Promote by the parameters of `promote`. All parameters are logged if the training has no MLflow run yet."""
    params = load_params()
    scores, samples = read_scores(EVALUATION), AcceptedSamples(Corpus(CORPUS), Manifest(MANIFEST), "test")
    store = connect()
    run_id = ensure_run(store, MODEL, read_history(HISTORY), params)

    candidate = Candidate(MODEL, run_id, scores, EVALUATION)
    version, decision = promote(store, candidate, samples, params.promote, registered_recognizer)

    write_decision(PROMOTION, decision)
    return f"{version} is {decision.alias}. {decision.reason}"


if __name__ == "__main__":
    run_stage("promote", "registering the model", main)
