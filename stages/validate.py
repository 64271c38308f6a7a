"""validate: check the corpus against the data contract, set bad rows aside."""

from pathlib import Path

from inkpipe.contract.validation import validate
from inkpipe.params import load_params
from inkpipe.stage import run_stage

RAW = Path("data/raw")
VALIDATED = Path("data/validated")
DOCS = Path("data/docs")


def main() -> str:
    """Check every row of the corpus by the rules of `validate`."""
    return validate(load_params(), RAW, VALIDATED, DOCS)


if __name__ == "__main__":
    run_stage("validate", "checking the data contract", main)
