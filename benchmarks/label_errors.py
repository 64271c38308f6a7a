"""How well wrong labels are found: the precision of the ranking on labels that this script corrupts itself.

Five in a hundred labels of prepared synthetic images are made wrong, once by giving them the label of another image
and once by changing a single character. Each ranking is scored by its precision: the fraction of wrong labels among
its first 50, and among as many as there are wrong labels; and by its average precision.

    python benchmarks/label_errors.py --data data --split test
    python benchmarks/label_errors.py --data data --split train --train 6000 --epochs 8

The first judges labels that the model of a pipeline run (`--data`) has never seen. The second trains on the corrupted
labels: `memorized` judges them by the model that learned them, `cross-fitted` by models of two folds that did not.
`--weights` starts these trainings from a file of weights.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages, RecordImages
from inkpipe.dataset.records import Records
from inkpipe.evaluation.evaluate import predict
from inkpipe.evaluation.predictions import ScoredPrediction
from inkpipe.model.artifacts import load_model
from inkpipe.model.determinism import configure_determinism
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.params import load_params
from inkpipe.studies.cross_fitting import cross_fit, greedy
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, train

ROOT = Path(__file__).parents[1]
CORRUPTED = 0.05  # fraction of the labels, about that of the public names data set
BATCH = 256
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Sample = tuple[str, str, NDArray[np.uint8]]
Judged = dict[str, float]  # a score by the file name, for each way to rank


class Corrupted(NamedTuple):
    """Samples of which some labels are wrong, and the file names of those."""

    samples: list[Sample]
    wrong: set[str]


def swapped(labels: Sequence[str], row: int, generator: np.random.Generator) -> str:
    """The label of another image that has another text."""
    while (other := labels[generator.integers(len(labels))]) == labels[row]:
        pass
    return other


def one_character(labels: Sequence[str], row: int, generator: np.random.Generator) -> str:
    """The label with one letter deleted, inserted or substituted."""
    label = labels[row]
    place, kind = generator.integers(len(label)), generator.integers(3)
    while (letter := LETTERS[generator.integers(len(LETTERS))]) == label[place]:
        pass
    if kind == 0 and len(label) > 1:
        return label[:place] + label[place + 1 :]
    return label[:place] + letter + label[place + (kind != 1) :]


KINDS = {"swapped": swapped, "one character": one_character}


def corrupt(samples: Sequence[Sample], kind: str, seed: int) -> Corrupted:
    """Make some labels wrong by chance."""
    generator, labels = np.random.default_rng(seed), [label for _, label, _ in samples]
    changed = list(samples)
    rows = generator.choice(len(samples), round(CORRUPTED * len(samples)), replace=False).tolist()
    for row in rows:
        filename, _, image = samples[row]
        changed[row] = (filename, KINDS[kind](labels, row, generator), image)
    return Corrupted(changed, {samples[row][0] for row in rows})


def rankings(samples: Sequence[Sample], model: CTCOCRModel) -> dict[str, Judged]:
    """The scores of the labels that differ from the prediction, by each way to rank."""
    predictions = list(predict(samples, model.recognize, BATCH))
    differing = [(image, each) for (_, _, image), each in zip(samples, predictions, strict=True) if not each.correct]
    ratios = _log_ratios(differing, model)
    return {
        "log ratio an edit": {each.filename: r / each.edits for (_, each), r in zip(differing, ratios, strict=True)},
        "log ratio": {each.filename: r for (_, each), r in zip(differing, ratios, strict=True)},
        "confidence": {each.filename: each.confidence for _, each in differing},
        "edits": {each.filename: each.edits + each.confidence for _, each in differing},
    }


def _log_ratios(differing: Sequence[tuple[NDArray[np.uint8], ScoredPrediction]], model: CTCOCRModel) -> list[float]:
    ratios: list[float] = []
    for start in range(0, len(differing), BATCH):
        part = differing[start : start + BATCH]
        texts, labels = [each.prediction for _, each in part], [each.label for _, each in part]
        ratios += model.log_ratio(np.stack([image for image, _ in part]), texts, labels).tolist()
    return ratios


def report(name: str, judged: Judged, wrong: set[str]) -> None:
    """Print a row of the table."""
    ranked = sorted(judged, key=lambda filename: -judged[filename])
    hits = np.array([filename in wrong for filename in ranked])
    precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    average = float((precisions * hits).sum() / len(wrong))
    first, most = hits[:50].mean(), hits[: len(wrong)].sum() / len(wrong)
    print(f"| {name} | {len(wrong)} | {first:.2f} | {most:.3f} | {average:.3f} |", flush=True)


def judge_unseen(samples: list[Sample], data: Path) -> None:
    """Rank labels that a finished model has never seen."""
    model = load_model(data / "model").model
    for kind in KINDS:
        corrupted = corrupt(samples, kind, seed=1)
        for name, judged in rankings(corrupted.samples, model).items():
            report(f"{kind}: {name}", judged, corrupted.wrong)


def judge_trained(samples: list[Sample], data: Path, settings: TrainingSettings, folder: Path) -> None:
    """Rank labels that models were trained on, and by two folds."""
    vocabulary, records = Vocabulary.load(data / "vocabulary.json"), Records(data / "records")
    for kind in KINDS:
        corrupted = corrupt(samples, kind, seed=1)
        texts, images = [label for _, label, _ in corrupted.samples], [image for _, _, image in corrupted.samples]
        training = ArrayImages.of_texts(images, texts, vocabulary)
        inputs = TrainingData(training, RecordImages(records, "validation"), records.frames)
        memorized = rankings(corrupted.samples, train(inputs, vocabulary, greedy(settings)).model)
        states = [Checkpoints(folder / f"{kind}-{number}") for number in range(2)]
        fitted: dict[str, Judged] = {name: {} for name in memorized}
        for fold in cross_fit(inputs, vocabulary, settings, len(states), states):
            for name, judged in rankings([corrupted.samples[row] for row in fold.rows], fold.model).items():
                fitted[name] |= judged
        for how, by_name in (("memorized", memorized), ("cross-fitted", fitted)):
            for name, judged in by_name.items():
                report(f"{kind}, {how}: {name}", judged, corrupted.wrong)
        for state in states:
            state.remove()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="the data folder of a pipeline run")
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--limit", type=int, default=6000, help="labels to judge at most")
    parser.add_argument("--train", type=int, default=0, help="train on so many corrupted labels; 0 judges unseen ones")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--weights", help="a .weights.h5 to start the trainings from")
    parser.add_argument("--checkpoints", type=Path, default=Path(".inkpipe/label-error-benchmark"))
    arguments = parser.parse_args()
    params = load_params(ROOT / "params.yaml")
    configure_determinism(params.train.threads)
    records = Records(arguments.data / "records")
    samples = [tuple(record) for record in islice(records.read(arguments.split), arguments.train or arguments.limit)]
    print("| labels and ranking | wrong | precision of 50 | of as many as wrong | average precision |")
    print("| --- | ---: | ---: | ---: | ---: |")
    if not arguments.train:
        judge_unseen(samples, arguments.data)
        return
    start = params.train.model_copy(update={"weights": arguments.weights})
    settings = replace(TrainingSettings.from_params(params), epochs=arguments.epochs, train=start)
    judge_trained(samples, arguments.data, settings, arguments.checkpoints)


if __name__ == "__main__":
    main()
