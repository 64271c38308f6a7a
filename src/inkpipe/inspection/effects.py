"""What parameters would do to a corpus: the contract's own rules on its labels and images, and its sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from inkpipe.rules.leakage import GroupsApart, IdenticalImages, NearIdenticalImages
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
        copies: by rule, the images that have a copy, but for one of each picture: the most that any split can violate;
            empty if the images are not compared.
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


def effects(corpus: InspectedCorpus, params: Params) -> Effects:
    """Find out what parameters would do to a corpus.

    Args:
        corpus: the labels, and the facts of sample images.
        params: the parameters.
    """
    from inkpipe.contract.expectations import check_rows  # takes seconds to import

    vocabulary, size = params.vocabulary, params.preprocess
    form = decide_form(corpus.training_labels, vocabulary.case, vocabulary.unicode_form)
    context = Context(params.frames, size.width, params.validate_.min_tolerated_rows, form.normalize)
    rules = [params.validate_.rules[rule] for rule in (*labels.RULES, *images.RULES)]
    measurements = _measurements(corpus)
    table = _table(corpus, measurements, rules, context)
    violations = dict(check_rows(table, rules, context).violations)
    rules.append(params.validate_.rules[GroupsApart])
    violations |= find_shared_groups(
        table, pa.table({GROUP: pa.array([row.group for row in corpus.rows], pa.string())})
    )
    copies: dict[str, int] = {}
    if len(corpus.images) == len(corpus.rows):
        each_apart = table.assign(split=pd.Categorical(table.index))
        apart = find_leaks(each_apart, measurements, params.validate_.rules, violations)
        copies = {rule: len(rows) for rule, rows in apart.items()}
        rules += [params.validate_.rules[rule] for rule in (IdenticalImages, NearIdenticalImages)]
        violations |= find_leaks(table, measurements, params.validate_.rules, violations)
    results = []
    for rule in rules:
        checked = len(table) if isinstance(rule, LabelRule | GroupsApart) else len(corpus.images)
        results.append(judge_rows(rule, table, violations[rule.name], checked, context, EXAMPLES))
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
    return ImageMeasurements(*measured, digest, fingerprint, faults)


def _on_splits(
    table: pd.DataFrame, rules: Sequence[RowRule], violations: Violations, params: Params, context: Context
) -> list[RuleResult]:
    unmeasured = table.fillna(dict.fromkeys(MEASURED, 0))  # sizes are not looked at here
    accepted = ~quarantined_rows(rules, violations, len(table))
    statistics = split_statistics(unmeasured, accepted, unusable_rows(rules, violations, len(table)))
    chosen = (UnusableLabels, SplitSizes, CharacterCount)
    return [params.validate_.rules[rule].check(statistics, context) for rule in chosen]
