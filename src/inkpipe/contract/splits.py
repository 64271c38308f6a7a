"""The rules on splits as a whole: enough rows, usable labels, no rare characters, no drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from inkpipe.contract.rules import Finding, Verdict
from inkpipe.contract.statistics import Distance, SplitStatistics, jensen_shannon, kolmogorov_smirnov
from inkpipe.corpus import SPLITS
from inkpipe.params.validate import DriftRule, ValidateParams

DRIFT_ADVICE = "Split the data at random, or raise .max if the splits are meant to differ."


def split_findings(
    params: ValidateParams,
    statistics: Mapping[str, SplitStatistics],
    rows: Mapping[str, int],
    unusable: Mapping[str, int],
) -> Iterator[Finding]:
    """The verdicts on the splits.

    Args:
        params: the rules.
        statistics: of the accepted rows, by split.
        rows: all rows, by split.
        unusable: rows whose label was set aside, by split.
    """
    yield _unusable_labels(params, rows, unusable)
    yield _split_sizes(params, statistics)
    yield _character_count(params, statistics["train"])
    yield from _drift(params, statistics)


def _unusable_labels(params: ValidateParams, rows: Mapping[str, int], unusable: Mapping[str, int]) -> Finding:
    rule = params.rules.unusable_labels
    shares = {split: unusable[split] / rows[split] if rows[split] else 0.0 for split in SPLITS}
    broken = [split for split in SPLITS if shares[split] > rule.max and unusable[split] > params.always_tolerated]
    return _finding(
        "unusable_labels",
        rule.action,
        f"at most {rule.max:.2%} of a split's labels unusable, or {params.always_tolerated} of them",
        len(SPLITS),
        "splits",
        [f"{split} ({unusable[split]:,} of {rows[split]:,}, {shares[split]:.2%})" for split in broken],
        "Correct the labels, see the page, or raise .max.",
        shares,
    )


def _split_sizes(params: ValidateParams, statistics: Mapping[str, SplitStatistics]) -> Finding:
    rule = params.rules.split_sizes
    sizes = {split: statistics[split].rows for split in SPLITS}
    wanted = {split: int(getattr(rule, split)) for split in SPLITS}
    broken = [f"{split} ({sizes[split]:,} accepted)" for split in SPLITS if sizes[split] < wanted[split]]
    return _finding(
        "split_sizes",
        "stop" if 0 in sizes.values() else rule.action,  # no later stage can do without a split
        ", ".join(f"{split} >= {count:,}" for split, count in wanted.items()) + " accepted rows",
        len(SPLITS),
        "splits",
        broken,
        "Add data, or change what set the rows aside; .train, .validation and .test can be lowered to 1.",
        sizes,
    )


def _character_count(params: ValidateParams, train: SplitStatistics) -> Finding:
    rule = params.rules.character_count
    rare = rare_characters(train, rule.min)
    return _finding(
        "character_count",
        rule.action,
        f"each character at least {rule.min} times in the training labels",
        len(train.characters),
        "characters",
        [f"{character!r} ({train.characters[character]})" for character in rare],
        "Add images of them, lower .min, or let vocabulary.min_count read them as [UNK].",
    )


def rare_characters(train: SplitStatistics, least: int) -> list[str]:
    """The characters of the training labels that occur fewer than `least` times, the rarest first."""
    rare = [character for character, count in train.characters.items() if count < least]
    return sorted(rare, key=lambda character: (train.characters[character], character))


def _drift(params: ValidateParams, statistics: Mapping[str, SplitStatistics]) -> Iterator[Finding]:
    train, rules = statistics["train"], params.rules
    others = {split: statistics[split] for split in SPLITS[1:] if train.rows and statistics[split].rows}
    yield _drift_finding(
        "character_drift",
        rules.character_drift,
        "Jensen-Shannon divergence of characters",
        {f"train-{split}": jensen_shannon(train.characters, other.characters) for split, other in others.items()},
    )
    yield _drift_finding(
        "length_drift",
        rules.length_drift,
        "Kolmogorov-Smirnov distance of label lengths",
        {f"train-{split}": kolmogorov_smirnov(train.lengths, other.lengths) for split, other in others.items()},
    )
    yield _drift_finding(
        "size_drift",
        rules.size_drift,
        "Kolmogorov-Smirnov distance of image sizes",
        {f"train-{split} width": kolmogorov_smirnov(train.widths, other.widths) for split, other in others.items()}
        | {
            f"train-{split} height": kolmogorov_smirnov(train.heights, other.heights) for split, other in others.items()
        },
    )


def _drift_finding(name: str, rule: DriftRule, measure: str, distances: Mapping[str, Distance]) -> Finding:
    broken = {
        pair: found
        for pair, found in distances.items()
        if found.value > rule.max and found.probability < rule.significance
    }
    return _finding(
        name,
        rule.action,
        f"{measure} at most {rule.max} (or by chance, p >= {rule.significance})",
        len(distances),
        "comparisons",
        [f"{pair} ({found.value:.3f}, p = {found.probability:.1e})" for pair, found in broken.items()],
        DRIFT_ADVICE,
        {pair: found.value for pair, found in distances.items()},
    )


def _finding(
    rule: str,
    action: Literal["stop", "warn"],
    wants: str,
    checked: int,
    unit: str,
    broken: Sequence[str],
    advice: str,
    figures: Mapping[str, float] | None = None,
) -> Finding:
    verdict: Verdict = "passed" if not broken else "stopped" if action == "stop" else "warned"
    return Finding(rule, action, wants, checked, len(broken), unit, verdict, tuple(broken), advice, figures=figures)
