"""evaluate: read the test split with the trained reader, score it and write the report."""

from pathlib import Path

from inkpipe.evaluation import Inputs, evaluate
from inkpipe.model.runtime import configure_runtime
from inkpipe.params import load_params
from inkpipe.stage import run_stage

FOUND = Inputs(
    model=Path("data/model"),
    history=Path("data/history.csv"),
    records=Path("data/records"),
    corpus=Path("data/raw"),
    manifest=Path("data/validated/manifest.parquet"),
)
EVALUATION = Path("data/evaluation")


def main() -> str:
    """Judge the reader by the parameters of `evaluate`, on as many threads as it was trained on."""
    params = load_params()
    configure_runtime(params.train.threads)
    return evaluate(params, FOUND, EVALUATION)


if __name__ == "__main__":
    run_stage("evaluate", "reading the test images and writing the report", main)
