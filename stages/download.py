"""Stage `download`: a source of labelled images becomes the corpus in data/raw."""

from pathlib import Path

from inkpipe.params import load_params
from inkpipe.sources import download
from inkpipe.stage import run_stage

OUTPUT = Path("data/raw")


def work() -> str:
    """Read params.yaml, bring the images in and say how many."""
    return download(load_params(), OUTPUT)


if __name__ == "__main__":
    run_stage("download", "bring labelled images into the corpus", work)
