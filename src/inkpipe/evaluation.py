"""Judge a trained reader on the test split: score it, take its errors apart, and leave files that say so.

The test split is touched once, here. Its images stream by: only reads are held, and the few images that are shown.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe import figures
from inkpipe.analysis import (
    CalibrationBin,
    CharacterErrors,
    Confusion,
    Findings,
    LengthErrors,
    Read,
    analyse,
    make_read,
    shown,
)
from inkpipe.contact_sheets import render_sheets
from inkpipe.corpus import Sample, read_rows
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, whole_directory, write_json
from inkpipe.manifest import accepted_rows
from inkpipe.model.artifacts import ReaderParts, load_reader
from inkpipe.params import Params
from inkpipe.params.training import EvaluateParams
from inkpipe.progress import track
from inkpipe.report import Background, History, render_report
from inkpipe.sheets import Example, predictions

Picture = NDArray[np.uint8]
Labelled = tuple[str, str, Picture]  # file name, normalised label, prepared image (height, width)
ReadImages = Callable[[Picture], list[tuple[str, float]]]  # (batch, height, width) to texts and confidences

HISTORY_COLUMNS = ("epoch", "loss", "val_loss", "val_cer")
RANDOM, BEST, WORST, SURE_AND_WRONG = "random", "best", "worst", "sure and wrong"
READS_IN_PICTURE = 12


@dataclass(frozen=True)
class Inputs:
    """Where the stages before leave what an evaluation needs.

    Attributes:
        model, history: the reader, and the CSV of its training, an epoch a row.
        records: the prepared images.
        corpus, manifest: the images as they came, with what they are, and which of them are accepted.
    """

    model: Path
    history: Path
    records: Path
    corpus: Path
    manifest: Path


def evaluate(params: Params, found: Inputs, target: Path) -> str:
    """Read the test records with a trained reader and write scores, tables, figures, sheets and report into `target`.

    Args:
        params: `evaluate` and `seed`, and for the contact sheets `preprocess`, `augment` and `data.synthetic`.
        found: what the stages before left.
        target: the folder to replace.

    Returns:
        A line with the scores and their 95 % intervals.

    Raises:
        InkpipeError: an input is absent or malformed, or the test split has no image.
    """
    reader = load_reader(found.model)
    history, source = read_history(found.history), read_json(found.corpus / "source.json", "download")
    sheets = render_sheets(params, real_images(found, source))
    background = Background(history, source, _describe(reader), sheets)
    from inkpipe.records import count_images, read_records  # loads TensorFlow, 10-20 s

    test = LabelledImages(lambda: read_records(found.records, "test"), count_images(found.records, "test"))
    findings = judge(test, reader.model.read, background, params.evaluate, params.seed, target)
    return f"{summary(findings)}; report in {target / 'report.html'}"


class LabelledImages(NamedTuple):
    """What to judge by: a stream that starts anew, in the same order, at each call, and their number."""

    stream: Callable[[], Iterable[Labelled]]
    size: int


def judge(
    test: LabelledImages,
    read_images: ReadImages,
    background: Background,
    settings: EvaluateParams,
    seed: int,
    target: Path,
) -> Findings:
    """Do what `evaluate` says, on any images and with any way to read them."""
    labelled = track(test.stream(), test.size, "reading test images")
    findings = analyse(list(read_all(labelled, read_images, settings.batch_size)), settings.bootstrap, seed)
    chosen = choose_examples(findings.reads, settings.examples, seed)
    wanted = {i for group in chosen.values() for i in group}
    images = {i: image for i, (_, _, image) in enumerate(test.stream()) if i in wanted}
    examples = {name: [Example(findings.reads[i], images[i]) for i in group] for name, group in chosen.items()}
    with whole_directory(target) as folder:
        _write_tables(folder, findings)
        drawn = _write_figures(folder, findings, background.history, examples[RANDOM])
        _write_pngs(folder / "sheets", background.sheets)
        page = render_report(findings, examples, drawn, background)
        (folder / "report.html").write_text(page, encoding="utf-8")
    return findings


def read_all(labelled: Iterable[Labelled], read_images: ReadImages, batch_size: int) -> Iterator[Read]:
    """Read images batch by batch, in their order.

    Raises:
        InkpipeError: a confidence is not a number.
    """
    stream = iter(labelled)
    while batch := list(islice(stream, batch_size)):
        found = read_images(np.stack([image for _, _, image in batch]))
        for (filename, label, _), (text, confidence) in zip(batch, found, strict=True):
            if math.isnan(confidence):
                raise InkpipeError(
                    f"The reader has no confidence in what it reads of {filename}. Received: {confidence}. "
                    "Its training diverged: lower `lr` and train again."
                )
            yield make_read(filename, label, text, confidence)


def choose_examples(reads: Sequence[Read], count: int, seed: int) -> dict[str, list[int]]:
    """Which reads to show, by position, about `count` in four groups of equal size; fewer where few are to be had."""
    each = max(1, count // 4)
    positions = range(len(reads))
    right = [i for i in positions if not reads[i].edits]
    wrong = [i for i in positions if reads[i].edits]
    drawn = np.random.default_rng(seed).choice(len(reads), min(each, len(reads)), replace=False)
    return {
        RANDOM: sorted(drawn.tolist()),
        BEST: sorted(right, key=lambda i: (-reads[i].confidence, i))[:each],
        WORST: sorted(wrong, key=lambda i: (-reads[i].edits / len(reads[i].label), -reads[i].edits, i))[:each],
        SURE_AND_WRONG: sorted(wrong, key=lambda i: (-reads[i].confidence, i))[:each],
    }


def real_images(found: Inputs, source: Mapping[str, Any]) -> Iterator[Sample] | None:
    """The accepted test images as they came, with normalised labels; None if all are drawn: sheets draw their own."""
    if source.get("source") == "synthetic":
        return None
    rows, labels = accepted_rows(found.manifest, "test")
    samples = read_rows(found.corpus, "test", rows)
    return (sample._replace(label=label) for sample, label in zip(samples, labels, strict=True))


def read_history(path: Path) -> History:
    """The columns of the training's history, by name; empty ones if no epoch was trained.

    Raises:
        InkpipeError: the file is absent, lacks a column, or holds something else than numbers.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        history = {name: [float(row[name]) for row in rows] for name in HISTORY_COLUMNS}
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. It is made by `dvc repro train`; run that first.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InkpipeError(
            f"{path} is not a training history: it needs numbers in the columns {', '.join(HISTORY_COLUMNS)}. "
            f"Received: {error}. Remake it with `dvc repro -f train`."
        ) from error
    return history


def summary(findings: Findings) -> str:
    """The scores with their 95 % intervals in one line."""
    s = findings.scores
    return (
        f"{s.n:,} test images: CER {s.cer:.2%} ({s.cer_low:.2%} to {s.cer_high:.2%}), "
        f"WER {s.wer:.2%} ({s.wer_low:.2%} to {s.wer_high:.2%}), "
        f"exact {s.exact:.2%} ({s.exact_low:.2%} to {s.exact_high:.2%})"
    )


def _describe(reader: ReaderParts) -> dict[str, Any]:
    network, preprocess = reader.model.network, reader.preprocess
    return {
        "network": network.name,
        "weights": int(network.count_params()),
        "input": f"{preprocess.height} x {preprocess.width} {preprocess.features}",
        "characters it knows": "".join(map(shown, reader.vocabulary.characters)),
    }


def _write_tables(folder: Path, findings: Findings) -> None:
    write_json(folder / "metrics.json", findings.metrics())
    _write_csv(folder / "predictions.csv", Read, findings.reads)
    _write_csv(folder / "confusions.csv", Confusion, findings.confusions)
    _write_csv(folder / "cer_by_character.csv", CharacterErrors, findings.characters)
    _write_csv(folder / "cer_by_length.csv", LengthErrors, findings.lengths)
    _write_csv(folder / "calibration.csv", CalibrationBin, findings.calibration)


def _write_csv(path: Path, kind: Any, rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(kind._fields)
        writer.writerows(rows)


def _write_figures(folder: Path, findings: Findings, history: History, random: Sequence[Example]) -> dict[str, bytes]:
    """Draw and write the figures, and return them by name."""
    drawn = {
        "calibration": figures.reliability(findings.calibration),
        "cer_by_length": figures.cer_by_length(findings.lengths),
        "cer_by_character": figures.errors_by_character(findings.characters),
        "examples": predictions(random[:READS_IN_PICTURE]),
    }
    if history["epoch"]:
        drawn["learning_curves"] = figures.learning_curves(history)
    _write_pngs(folder, drawn)
    return drawn


def _write_pngs(folder: Path, pictures: Mapping[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        (folder / f"{name}.png").write_bytes(png)
