"""evaluate: read the test split with the trained reader, score it and write the report."""

from pathlib import Path

from inkpipe.evaluation import evaluate
from inkpipe.model.runtime import configure_runtime
from inkpipe.params import load_params
from inkpipe.stage import run_stage

MODEL = Path("data/model")
RECORDS = Path("data/records")
HISTORY = Path("data/history.csv")
SOURCE = Path("data/raw/source.json")
EVALUATION = Path("data/evaluation")


def main() -> str:
    """Judge the reader by the parameters of `evaluate`, on as many threads as it was trained on."""
    params = load_params()
    configure_runtime(params.train.threads)
    return evaluate(params, MODEL, RECORDS, HISTORY, SOURCE, EVALUATION)


if __name__ == "__main__":
    run_stage("evaluate", "reading the test images and writing the report", main)
