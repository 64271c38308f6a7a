"""evaluate: score the trained model on the test split, write the report, and export the network as ONNX."""

from pathlib import Path

from inkpipe.data.corpus import Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.dataset.records import Records
from inkpipe.evaluation.evaluate import RecordedSamples, evaluate
from inkpipe.evaluation.outputs import write_evaluation, write_metrics
from inkpipe.evaluation.preview_grids import IMAGES_OF_A_KIND as PREVIEWED
from inkpipe.evaluation.preview_grids import render_previews
from inkpipe.evaluation.report import ReportContext, describe_model, summary
from inkpipe.files import whole_directory
from inkpipe.model.artifacts import load_model
from inkpipe.model.determinism import configure_determinism
from inkpipe.onnx.export import export_model
from inkpipe.params import load_params
from inkpipe.stage import run_stage
from inkpipe.training.history import read_history

MODEL = Path("data/model")
HISTORY = Path("data/history.csv")
RECORDS = Path("data/records")
CORPUS = Path("data/raw")
MANIFEST = Path("data/validated/manifest.parquet")
EVALUATION = Path("data/evaluation")
METRICS = Path("data/metrics.json")
RECOGNIZER = Path("data/recognizer")


def main() -> str:
    """Evaluate by the parameters of `evaluate`, on as many threads as the model was trained on."""
    params = load_params()
    configure_determinism(params.train.threads)
    loaded, history, corpus = load_model(MODEL), read_history(HISTORY), Corpus(CORPUS)
    records, manifest = Records(RECORDS), Manifest(MANIFEST)
    source = corpus.source()
    real = None if source.get("source") == "synthetic" else AcceptedSamples(corpus, manifest, "test").spread(PREVIEWED)
    previews = render_previews(params.synthetic, params.preprocess, params.augment, params.seed, real)
    evaluation = evaluate(
        RecordedSamples(records, "test"),
        loaded.model.recognize,
        params.evaluate,
        params.seed,
        validation=RecordedSamples(records, "validation"),
        facts=manifest.facts("test"),
        log_ratio=loaded.model.log_ratio,
    )
    write_metrics(METRICS, evaluation)
    write_evaluation(EVALUATION, evaluation, ReportContext(history, source, describe_model(loaded), previews))
    prepared = ((record.filename, record.image) for record in records.read("test"))
    with whole_directory(RECOGNIZER) as folder:
        exported = export_model(folder, MODEL, prepared)
    return f"{summary(evaluation.metrics)}; {exported}; report in {EVALUATION / 'report.html'}"


if __name__ == "__main__":
    run_stage("evaluate", "recognizing the test images and writing the report", main)
