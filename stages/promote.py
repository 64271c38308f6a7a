"""promote: export the network, register the model, make it champion if it is better on the same images."""

from pathlib import Path

from inkpipe.data.corpus import Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.dataset.records import Records
from inkpipe.files import whole_directory
from inkpipe.onnx.export import export_model
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
RECORDS = Path("data/records")
RECOGNIZER = Path("data/recognizer")
PROMOTION = Path("data/promotion.json")


def main() -> str:
    """Promote by the parameters of `promote`. All parameters are logged if the training has no MLflow run yet.

    What is registered is the model together with its network as ONNX.
    """
    params = load_params()
    scores, samples = read_scores(EVALUATION), AcceptedSamples(Corpus(CORPUS), Manifest(MANIFEST), "test")
    store = connect()
    run_id = ensure_run(store, MODEL, read_history(HISTORY), params)

    prepared = ((record.filename, record.image) for record in Records(RECORDS).read("test"))
    with whole_directory(RECOGNIZER) as folder:
        exported = export_model(folder, MODEL, prepared)
    candidate = Candidate(RECOGNIZER, run_id, scores, EVALUATION)
    version, decision = promote(store, candidate, samples, params.promote, registered_recognizer)

    write_decision(PROMOTION, decision)
    return f"{exported}; {version} is {decision.alias}. {decision.reason}"


if __name__ == "__main__":
    run_stage("promote", "registering the model", main)
