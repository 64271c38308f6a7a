"""Measure what decoding costs on one core, and what it is worth: greedy, beam, and beam with the language model.

    python benchmarks/decoding.py [--model data/model] [--records data/records] [--split validation]
    python benchmarks/decoding.py --data forms.zip [--split validation]

The images are those of the records, or those of a folder or zip of labeled images. The language model and the numbers
of the decoder are those of the model; `--language-model`, `--lm-weight` and `--length-bonus` give others. The table has
processor time an image in milliseconds, of the best round, the ratio to greedy decoding in the same run, and CER and
exact match. The network itself is not measured.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np

from inkpipe.cli.common import open_folder
from inkpipe.cli.score import project_settings
from inkpipe.data.language_model import LanguageModel
from inkpipe.dataset.records import Records
from inkpipe.evaluation.metrics import score
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.model.artifacts import LoadedModel, load_model
from inkpipe.model.decoding import Decoder, Knowledge, build_decoder
from inkpipe.params.decode import DecodeParams
from inkpipe.rules.labels import normalized_markers

BATCH = 64  # images decoded at once
RESAMPLES = 1000  # behind the interval of CER


class Labeled(NamedTuple):
    """The network's output float32 (images, frames, classes), and the normalized labels."""

    logits: np.ndarray
    labels: list[str]


def recorded(folder: Path, split: str) -> Iterator[tuple[str, np.ndarray]]:
    """The labels and the prepared images of a split of the records."""
    for record in Records(folder).read(split):
        yield record.text, record.image


def from_files(data: Path, split: str, loaded: LoadedModel) -> Iterator[tuple[str, np.ndarray]]:
    """The labels and the prepared images of a folder or zip, without those that nobody can read."""
    normalize = loaded.vocabulary.normalize
    unreadable = normalized_markers(project_settings().markers, normalize)
    for sample in open_folder(data).samples(split):
        label = normalize(sample.label or "")
        if not label or label in unreadable:
            continue
        try:
            yield label, prepare(decode(sample.image), loaded.preprocess)
        except UnreadableImage:
            continue


def run_network(samples: Iterator[tuple[str, np.ndarray]], loaded: LoadedModel) -> Labeled:
    """The network's output for all images."""
    labels, images = zip(*samples, strict=True)
    parts = [loaded.model.logits(np.stack(images[i : i + 256])) for i in range(0, len(images), 256)]
    return Labeled(np.concatenate(parts), list(labels))


def texts_and_milliseconds(decoder: Decoder, logits: np.ndarray, rounds: int) -> tuple[list[str], float]:
    """The texts of all images, and the processor time an image of the best round."""
    best, texts = np.inf, list[str]()
    for _ in range(rounds):
        start = time.process_time()
        predictions = [each for i in range(0, len(logits), BATCH) for each in decoder.decode(logits[i : i + BATCH])]
        best = min(best, time.process_time() - start)
        texts = [prediction.text for prediction in predictions]
    return texts, float(1000 * best / len(logits))


def variants(decode_params: DecodeParams, language_model: LanguageModel | None) -> Iterator[tuple[str, DecodeParams]]:
    """The rows of the table: a caption, and the settings of the decoder."""
    plain = {"lm_weight": 0.0, "length_bonus": 0.0, "lexicon": None}
    yield "greedy", decode_params.model_copy(update={"method": "greedy", **plain})
    yield "beam", decode_params.model_copy(update={"method": "beam", **plain})
    if language_model:
        fused = decode_params.model_copy(update={"method": "beam"})
        yield f"beam, language model {fused.weight:g}, bonus {fused.bonus:g}", fused


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/model"), help="folder of a model")
    parser.add_argument("--records", type=Path, default=Path("data/records"), help="folder of prepared images")
    parser.add_argument("--data", type=Path, help="folder or zip of labeled images, instead of the records")
    parser.add_argument("--split", default="validation", help="train, validation or test")
    parser.add_argument("--language-model", type=Path, help="a language_model.npz instead of the model's own")
    parser.add_argument("--lm-weight", type=float, help="instead of the model's own")
    parser.add_argument("--length-bonus", type=float, help="instead of the model's own")
    parser.add_argument("--width", type=int, help="instead of the model's own")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the best counts")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    loaded = load_model(arguments.model)
    given = {"lm_weight": arguments.lm_weight, "length_bonus": arguments.length_bonus, "width": arguments.width}
    params = loaded.model.decode.model_copy(update={name: value for name, value in given.items() if value is not None})
    language_model, lexicon = loaded.model.knowledge
    if arguments.language_model:
        language_model = LanguageModel.load(arguments.language_model)
    if arguments.data:
        samples = from_files(arguments.data, arguments.split, loaded)
    else:
        samples = recorded(arguments.records, arguments.split)
    logits, labels = run_network(samples, loaded)
    print(f"{len(labels):,} images, {logits.shape[1]} frames x {logits.shape[2]} classes, batches of {BATCH}")
    print("| decoding | ms an image | x greedy | CER | exact |\n| --- | ---: | ---: | ---: | ---: |")
    greedy = None
    for caption, settings in variants(params, language_model):
        decoder = build_decoder(settings, loaded.vocabulary, Knowledge(language_model, lexicon))
        texts, cost = texts_and_milliseconds(decoder, logits, arguments.rounds)
        greedy = greedy or cost
        rates = score(labels, texts, RESAMPLES, 42).to_json()
        print(
            f"| {caption} | {cost:.3f} | {cost / greedy:.1f} | {rates['cer']:.4f} | {rates['exact']:.3f} |", flush=True
        )


if __name__ == "__main__":
    main()
