"""`inkpipe registry compare`: two versions side by side on the same images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

from inkpipe.cli.common import existing_store, model_name, open_folder, project_params
from inkpipe.cli.score import Observations, project_settings, scorable_samples
from inkpipe.data.corpus import Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.slices import Facts
from inkpipe.files import project_root
from inkpipe.output import as_json, printable
from inkpipe.promotion.by_person import existing_version
from inkpipe.promotion.paired_bootstrap import Resampling
from inkpipe.promotion.registered_models import LabeledSamples
from inkpipe.promotion.side_by_side import SideBySide, SliceDifference, compare_versions
from inkpipe.rules.labels import LabelUsable
from inkpipe.serving.registered import registered_recognizer

SHOWN = 5  # slices


def show_comparison(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print both error rates, the paired difference and the worst slices, for people or as JSON."""
    params = project_params()
    if params is None:
        raise InkpipeError("There is no params.yaml here, which says how to compare. Run inside of a project.")
    store, name = existing_store(), model_name()
    a, b = (existing_version(store, name, number) for number in (arguments.a, arguments.b))
    samples, facts = _samples(arguments)
    resampling = Resampling(params.promote.level, params.promote.resamples, params.seed)
    markers = params.validate_.rules[LabelUsable].markers
    result = compare_versions(a, b, samples, facts, registered_recognizer, resampling, markers)
    if arguments.json:
        print(as_json(_content(result), out), file=out)
        return 0
    for line in _lines(arguments, result, resampling.level):
        print(printable(line, out), file=out)
    return 0


def _samples(arguments: argparse.Namespace) -> tuple[LabeledSamples, Facts]:
    """The images of `--data`, or the accepted images of the project; and what is known of each."""
    if arguments.data is None:
        data = project_root() / "data"
        manifest = Manifest(data / "validated" / "manifest.parquet")
        return AcceptedSamples(Corpus(data / "raw"), manifest, arguments.split), manifest.facts(arguments.split)
    observations = Observations()
    samples, skipped = scorable_samples(open_folder(arguments.data), arguments.split, project_settings(), observations)
    for line in observations.lines():
        print(f"inkpipe registry compare: {printable(line, sys.stderr)}", file=sys.stderr)
    if skipped:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items() if count)
        print(f"inkpipe registry compare: skipped: {counts or 'nothing'}", file=sys.stderr)
    return samples, {}


def _content(result: SideBySide) -> dict[str, object]:
    content = asdict(result)
    content["a"], content["b"], content["improvement"] = (
        each._asdict() for each in (result.a, result.b, result.improvement)
    )
    content["slices"] = [each._asdict() | {"improvement": each.improvement._asdict()} for each in result.slices]
    return content


def _lines(arguments: argparse.Namespace, result: SideBySide, level: float) -> Iterator[str]:
    data = arguments.data or "the project's data"
    left_out = f"; {result.left_out:,} without a label to compare with" if result.left_out else ""
    yield f"{result.images:,} images of {data}, {arguments.split}{left_out}"
    for number, rates in ((arguments.a, result.a), (arguments.b, result.b)):
        yield f"  version {number:<6} CER {rates.cer:.4f}   exact match {rates.exact:.4f}"
    value, low, high = (100 * each for each in result.improvement)
    bounds = f"at least {low:+.2f} and at most {high:+.2f}, each with {level:.0%} certainty"
    yield f"  version {arguments.b} is {_points(value)} ({bounds})"
    same = result.images - result.better - result.worse
    yield f"  fewer edits on {result.better:,} images, more on {result.worse:,}, as many on {same:,}"
    if result.slices:
        yield f"  the slices where version {arguments.b} does worst:"
    for each in result.slices[:SHOWN]:
        yield f"    {_slice(each)}"


def _points(value: float) -> str:
    return "as good" if not value else f"{abs(value):.2f} points of CER {'better' if value > 0 else 'worse'}"


def _slice(each: SliceDifference) -> str:
    rates = f"CER {each.a_cer:.4f} -> {each.b_cer:.4f}"
    return f"{each.fact}: {each.slice} ({each.images:,} images): {rates}, {_points(100 * each.improvement.value)}"
