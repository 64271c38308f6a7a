"""promote: register the reader and make it champion if it is better than the champion on the same images."""

from pathlib import Path

from inkpipe.params import load_params
from inkpipe.promotion import Outputs, promote
from inkpipe.stage import run_stage

FOUND = Outputs(
    model=Path("data/model"),
    history=Path("data/history.csv"),
    evaluation=Path("data/evaluation"),
    corpus=Path("data/raw"),
    manifest=Path("data/validated/manifest.parquet"),
)
PROMOTION = Path("data/promotion.json")


def main() -> str:
    """Promote by the parameters, in the registry of the MLflow store."""
    return promote(load_params(), FOUND, PROMOTION)


if __name__ == "__main__":
    run_stage("promote", "registering the reader", main)
