"""What parameters would do to a corpus: the contract's own rules on its labels and images, and its sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.alignment import own_frames
from inkpipe.contract.duplicates import find_leaks
from inkpipe.contract.measurements import ImageMeasurements
from inkpipe.contract.shared_groups import find_shared_groups
from inkpipe.contract.statistics import split_statistics
from inkpipe.contract.table import MEASURED, add_image_facts, label_facts
from inkpipe.contract.verdicts import Violations, judge_rows, quarantined_rows, unusable_rows
from inkpipe.data.corpus import GROUP, SPLITS
from inkpipe.data.label_form import LabelChanges, LabelForm, decide_form, label_changes
from inkpipe.imaging.resize import LEGIBLE
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.params import Params
from inkpipe.rules import RowRule, images, labels
from inkpipe.rules.leakage import GroupsApart
from inkpipe.rules.result import RuleResult
from inkpipe.rules.rule import Context, LabelRule
from inkpipe.rules.splits import CharacterCount, SplitSizes, UnusableLabels

EXAMPLES = 3


@dataclass(frozen=True)
class Effects:
    """What parameters would do to a corpus.

    Attributes:
        table: a row for each of the corpus's, with the columns that rules on labels and images check; NaN where an
            image was not measured.
        results: the results of these rules, of that on groups, and of those on the sizes and labels of splits. Rules on
            images are judged on the sample. If that is the whole corpus, its images are also compared with each other.
        quarantined: the rows that would be quarantined.
        copies: by rule, how many images are copies of another: the most that any way of splitting could violate; empty
            if the images are not compared.
        form: of labels, as the training labels decide.
        changes: what that form changes in labels.
        line_heights: pixels that the writing would be high in the model's input, for each decoded sample image.
        low: how many of these are below `LEGIBLE`.
        tight: how many of them have fewer frames of their own than their label needs.
        frames: of the model's output.
        frames_needed: by each label.
    """

    table: pd.DataFrame
    results: Sequence[RuleResult]
    quarantined: int
    copies: Mapping[str, int]
    form: LabelForm
    changes: LabelChanges
    line_heights: Sequence[float]
    low: int
    tight: int
    frames: int
    frames_needed: Sequence[int]

    @property
    def stopping(self) -> list[RuleResult]:
        """The results that would stop the pipeline."""
        return [result for result in self.results if result.verdict == "stopped"]


class CheckedCorpus(NamedTuple):
    """The rows of a corpus, checked by the rules of the contract.

    Attributes:
        table: see `Effects.table`.
        violations: the rows that violate each rule that was checked.
        copies: see `Effects.copies`.
        form: see `Effects.form`.
        context: that the rules were checked in.
    """

    table: pd.DataFrame
    violations: Violations
    copies: Mapping[str, int]
    form: LabelForm
    context: Context


def effects(corpus: InspectedCorpus, params: Params) -> Effects:
    """Find out what parameters would do to a corpus.

    Args:
        corpus: the labels, and the facts of sample images.
        params: the parameters.
    """
    return judge(corpus, check(corpus, params), params)


def check(corpus: InspectedCorpus, params: Params) -> CheckedCorpus:
    """Find the rows that violate the rules.

    Args:
        corpus: the labels, and the facts of sample images.
        params: the parameters.
    """
    from inkpipe.contract.expectations import check_rows  # takes seconds to import

    vocabulary, rules = params.vocabulary, params.validate_.rules
    form = decide_form(corpus.training_labels, vocabulary.case, vocabulary.unicode_form)
    context = Context(params.frames, params.preprocess.width, params.validate_.min_tolerated_rows, form.normalize)
    on_single_rows = [rules[rule] for rule in (*labels.RULES, *images.RULES)]
    measurements = _measurements(corpus)
    table = _table(corpus, measurements, on_single_rows, context)
    violations = dict(check_rows(table, on_single_rows, context).violations)
    groups = pa.table({GROUP: pa.array([row.group for row in corpus.rows], pa.string())})
    violations |= find_shared_groups(table, groups)
    copies: dict[str, int] = {}
    if len(corpus.images) == len(corpus.rows):
        each_apart = table.assign(split=pd.Categorical(table.index))
        apart = find_leaks(each_apart, measurements, rules, violations)
        copies = {rule: len(rows) for rule, rows in apart.items()}
        violations |= find_leaks(table, measurements, rules, violations)
    return CheckedCorpus(table, violations, copies, form, context)


def judge(corpus: InspectedCorpus, checked: CheckedCorpus, params: Params) -> Effects:
    """Find out what follows from violations.

    Args:
        corpus: the labels, and the facts of sample images.
        checked: its violations.
        params: those of `check`; the tolerances of rules on rows may be others.
    """
    table, violations, copies, form, context = checked
    size, rules = params.preprocess, [rule for rule in params.validate_.rules.on_rows if rule.name in violations]
    results = []
    for rule in rules:
        rows = len(table) if isinstance(rule, LabelRule | GroupsApart) else len(corpus.images)
        results.append(judge_rows(rule, table, violations[rule.name], rows, context, EXAMPLES))
    needed = table["frames"].to_numpy()
    sized = [(image.row, *image.sized(size.crop, size.height, size.width)) for image in corpus.decoded]
    return Effects(
        table=table,
        results=[*results, *_on_splits(table, rules, violations, params, context)],
        quarantined=int(quarantined_rows(rules, violations, len(table)).sum()),
        copies=copies,
        form=form,
        changes=label_changes(corpus.labels, form),
        line_heights=[rows for _, rows, _ in sized],
        low=sum(bool(rows < LEGIBLE) for _, rows, _ in sized),
        tight=sum(
            bool(own_frames(round(columns), size.width, params.frames) < needed[row]) for row, _, columns in sized
        ),
        frames=params.frames,
        frames_needed=needed[~np.isnan(needed)].astype(int).tolist(),
    )


def _table(
    corpus: InspectedCorpus, measurements: ImageMeasurements, rules: Sequence[RowRule], context: Context
) -> pd.DataFrame:
    """The fact table of the contract, without what needs all images."""
    table = label_facts([row.label for row in corpus.rows], rules, context)
    table["split"] = pd.Categorical([row.split for row in corpus.rows], categories=pd.Index(SPLITS))
    table["filename"] = [row.filename for row in corpus.rows]
    add_image_facts(table, measurements, rules, context)
    return table


def _measurements(corpus: InspectedCorpus) -> ImageMeasurements:
    """The facts of the sample images as the contract measures them; NaN and zeros for all other rows."""
    count, rows = len(corpus.rows), [image.row for image in corpus.images]
    measured = np.full((len(MEASURED), count), np.nan, np.float32)
    measured[:, rows] = np.transpose([[getattr(image, name) for name in MEASURED] for image in corpus.images])
    digest, fingerprint = np.zeros((count, 32), np.uint8), np.zeros((count, 8), np.uint32)
    digest[rows] = [np.frombuffer(image.digest, np.uint8) for image in corpus.images]
    fingerprint[rows] = [image.fingerprint for image in corpus.images]
    faults = {image.row: image.fault for image in corpus.images if image.fault is not None}
    width, height, ink, contrast = measured
    return ImageMeasurements(width, height, ink, contrast, digest, fingerprint, faults)


def _on_splits(
    table: pd.DataFrame, rules: Sequence[RowRule], violations: Violations, params: Params, context: Context
) -> list[RuleResult]:
    unmeasured = table.fillna(dict.fromkeys(MEASURED, 0))  # sizes are not looked at here
    accepted = ~quarantined_rows(rules, violations, len(table))
    statistics = split_statistics(unmeasured, accepted, unusable_rows(rules, violations, len(table)))
    chosen = (UnusableLabels, SplitSizes, CharacterCount)
    return [params.validate_.rules[rule].check(statistics, context) for rule in chosen]
