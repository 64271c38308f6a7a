"""The report of an evaluation: one HTML page that opens offline, and its scores in one line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from inkpipe.evaluation.analysis import visible
from inkpipe.evaluation.evaluate import BEST, CONFIDENT_ERRORS, RANDOM, SUSPECTS, WORST, Evaluation
from inkpipe.evaluation.grid import as_webp, encode_png
from inkpipe.evaluation.metrics import RATES, STATISTICS, interval
from inkpipe.evaluation.predictions import Example, Picture, ScoredPrediction
from inkpipe.evaluation.rejection import Acceptance, thin_out
from inkpipe.evaluation.slices import LABEL_LENGTH
from inkpipe.imaging.ink import BACKGROUND
from inkpipe.pages import render
from inkpipe.pages.environment import percent
from inkpipe.params.flatten import flatten
from inkpipe.training.history import History

if TYPE_CHECKING:
    from inkpipe.model.artifacts import LoadedModel

GROUPS = {  # title and explanation of each group of examples, in the order of the page
    RANDOM: ("Random", "Expect predictions like these."),
    CONFIDENT_ERRORS: (
        "Confident errors",
        "No threshold of confidence catches these errors. Look here first for labels that are wrong.",
    ),
    WORST: ("Worst", "Most edits for the length of the label."),
    BEST: ("Best", "Correct predictions with the highest confidence."),
}
SLICE_NOTES = {  # explanation of slices, by what the images are sliced by
    LABEL_LENGTH: "Characters, spaces included.",
    "contrast": "From the darkest to the lightest pixel of the image.",
    "ink": "Darkness of the mean pixel, from 0 (the lightest pixel) to 1 (the darkest).",
}
PADDING = 8  # empty columns that are shown behind a text
REJECTION_ROWS = 10  # of the table of the most confident predictions: one a tenth of the images
PREVIEWS = {  # explanation of each preview
    "images": "Images before any cleaning. Synthetic images should be hard to tell from real ones.",
    "preprocessing": "The effect of each preprocessing option alone, whether this model uses it or not.",
    "augmentation": "The effect of each distortion of training images alone, at half, full and double its magnitude "
    "in params.yaml. The model cannot learn from a name that you cannot read.",
}


class ReportContext(NamedTuple):
    """The content of the report beside the evaluation.

    Attributes:
        history: of the training; empty if no epoch was trained.
        source: the content of the corpus' source.json.
        model: facts about the model, as `describe_model` gives them.
        previews: PNGs by the names in `PREVIEWS`.
    """

    history: History
    source: Mapping[str, Any]
    model: Mapping[str, Any]
    previews: Mapping[str, bytes]


class ReportExample(NamedTuple):
    """A prediction on the page.

    Attributes:
        scored: the prediction beside its label.
        png: its image.
        pieces: the result of `difference`.
    """

    scored: ScoredPrediction
    png: bytes
    pieces: Sequence[tuple[str, str]]


def render_report(evaluation: Evaluation, figures: Mapping[str, bytes], context: ReportContext) -> str:
    """Render the report.

    Args:
        evaluation: the result of `evaluate`.
        figures: PNGs `calibration`, `rejection`, `cer_by_length`, `cer_by_character` and, after a training,
            `learning_curves`.
        context: history, source, model and previews.

    Returns:
        The page's HTML; the same arguments give the same text.
    """
    source, settings = _without_settings(context.source)
    return render(
        "report.html",
        metrics=evaluation.metrics,
        correct_of_100=math.floor(round(100 * evaluation.metrics["exact"], 4)),
        rates=RATES,
        statistics=[each for each in STATISTICS if each.name in evaluation.metrics],
        groups=_example_groups(evaluation),
        suspects=_report_examples(evaluation.examples.get(SUSPECTS, ())),
        label_errors=evaluation.label_errors,
        slices=evaluation.slices,
        slice_notes=SLICE_NOTES,
        acceptance=evaluation.acceptance,
        acceptance_line=acceptance_line(evaluation.acceptance[0]) if evaluation.acceptance else "",
        rejection=thin_out(evaluation.analysis.rejection, REJECTION_ROWS),
        analysis=evaluation.analysis,
        figures=figures,
        previews=[(PREVIEWS[name], as_webp(png)) for name, png in context.previews.items()],
        source=flatten(source),
        settings=flatten(settings),
        model={**context.model, "epochs trained": len(context.history)},
    )


def describe_model(loaded: LoadedModel) -> dict[str, Any]:
    """Sum up a model for the report.

    Args:
        loaded: a model as `load_model` gives it.

    Returns:
        Facts by their names: network, number of weights, size of the input, decoder, characters.
    """
    network, preprocess = loaded.model.network, loaded.preprocess
    return {
        "network": network.name,
        "weights": int(network.count_params()),
        "input": f"{preprocess.height} x {preprocess.width} {preprocess.features}",
        "decoder": loaded.model.decode.describe(),
        "characters": "".join(map(visible, loaded.vocabulary.characters)),
    }


def summary(metrics: Mapping[str, float]) -> str:
    """Write the rates with their 95 % intervals in one line.

    Args:
        metrics: the content of metrics.json.

    Returns:
        Such as `1,000 test images: CER 4.58% (3.81% to 5.39%), WER ..., exact ...`.
    """
    rates = (f"{name} {interval(metrics, key)}" for name, key in (("CER", "cer"), ("WER", "wer"), ("exact", "exact")))
    return f"{metrics['n']:,} test images: {', '.join(rates)}"


def acceptance_line(acceptance: Acceptance) -> str:
    """Write the effect of a threshold of confidence for people.

    Args:
        acceptance: the effect, measured on other images than the threshold was chosen on.

    Returns:
        Sentences such as `Accept 61.2 % of the images at 1.3 % errors (0.7 % to 2.5 %), and send 38.8 % to a person.`
        and how the threshold was chosen.
    """
    aim = f"at most {percent(acceptance.max_errors)} of the accepted texts wrong"
    chosen = f"the {acceptance.chosen_on:,} validation images"
    if acceptance.threshold is None:
        return (
            f"Send all images to a person: on {chosen} no threshold of confidence leaves {aim}. Confidence does not "
            "tell right from wrong well enough, or there are too few images to show that it does."
        )
    if acceptance.errors is None or acceptance.low is None or acceptance.high is None:
        return f"Send all images to a person: none has a confidence of at least {percent(acceptance.threshold)}."
    errors = f"{percent(acceptance.errors)} errors ({percent(acceptance.low)} to {percent(acceptance.high)})"
    return (
        f"Accept {percent(acceptance.coverage)} of the images at {errors}, and send "
        f"{percent(1 - acceptance.coverage)} to a person. The accepted ones have a confidence of at least "
        f"{percent(acceptance.threshold)}, the threshold that accepts most with {aim} on {chosen}; the rates are of "
        "the test images."
    )


def difference(label: str, prediction: str) -> list[tuple[str, str]]:
    """Split a prediction by its errors.

    Args:
        label: the true text.
        prediction: the predicted text.

    Returns:
        Pieces of text in their order, each with its kind: `correct`, `wrong` (substituted or inserted) or `deleted`
        (characters of the label that the prediction lacks).
    """
    pieces = []
    for op in Levenshtein.opcodes(label, prediction):
        if op.tag == "delete":
            pieces.append(("deleted", label[op.src_start : op.src_end]))
        else:
            kind = "correct" if op.tag == "equal" else "wrong"
            pieces.append((kind, prediction[op.dest_start : op.dest_end]))
    return pieces


def _without_settings(source: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The description of a source without the generator's settings, and these; they are empty if it has none.

    A mixed source describes the generator in its own section.
    """
    described = {name: value for name, value in source.items() if name != "params"}
    settings = source.get("params", {})
    if "synthetic" in described:
        described["synthetic"], settings = _without_settings(described["synthetic"])
    return described, settings


def _example_groups(evaluation: Evaluation) -> list[tuple[str, str, list[ReportExample]]]:
    """Title, explanation and examples of each group that has examples."""
    return [
        (*GROUPS[name], _report_examples(evaluation.examples[name])) for name in GROUPS if evaluation.examples.get(name)
    ]


def _without_padding(image: Picture) -> Picture:
    """An image without the empty columns at its right end, but for a few: the width of a line is that of its text."""
    columns = np.flatnonzero((image != BACKGROUND).any(axis=0))
    return image[:, : int(columns[-1]) + 1 + PADDING] if columns.size else image


def _report_examples(examples: Sequence[Example]) -> list[ReportExample]:
    return [
        ReportExample(scored, encode_png(_without_padding(image)), difference(scored.label, scored.prediction))
        for scored, image in examples
    ]
