"""train: fit the reader, keep the weights with the lowest validation CER."""

from pathlib import Path

from inkpipe.files import project_root
from inkpipe.model.runtime import configure_runtime
from inkpipe.params import load_params
from inkpipe.stage import run_stage
from inkpipe.training import train
from inkpipe.vocabulary import Vocabulary

RECORDS = Path("data/records")
VOCABULARY = Path("data/vocabulary.json")
MODEL = Path("data/model")
HISTORY = Path("data/history.csv")


def main() -> str:
    """Train by the parameters, logging to MLflow; unfinished trainings resume from the project's own folder."""
    params = load_params()
    configure_runtime(params.train.threads)
    checkpoints = project_root() / ".inkpipe" / "checkpoints"
    return train(params, RECORDS, Vocabulary.load(VOCABULARY), MODEL, HISTORY, checkpoints)


if __name__ == "__main__":
    run_stage("train", "fitting the reader", main)
