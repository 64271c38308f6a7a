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
    table = _table(corpus, rules, context)
    violations = dict(check_rows(table, rules, context).violations)
    rules.append(params.validate_.rules[GroupsApart])
    violations |= find_shared_groups(
        table, pa.table({GROUP: pa.array([row.group for row in corpus.rows], pa.string())})
    )
    copies: dict[str, int] = {}
    if len(corpus.images) == len(corpus.rows):
        measured, each_apart = _measurements(corpus, table), table.assign(split=pd.Categorical(table.index))
        apart = find_leaks(each_apart, measured, params.validate_.rules, violations)
        copies = {rule: len(rows) for rule, rows in apart.items()}
        rules += [params.validate_.rules[rule] for rule in (IdenticalImages, NearIdenticalImages)]
        violations |= find_leaks(table, measured, params.validate_.rules, violations)
    results = [_judged(rule, table, violations[rule.name], len(corpus.images), context) for rule in rules]
    needed = table["frames"].to_numpy()
    sized = [(image.row, *image.sized(size.crop, size.height, size.width)) for image in corpus.decoded]
    return Effects(
        table=table,
        results=[*results, *_on_splits(table, rules, violations, params, context)],
        quarantined=int(_violating(table, rules, violations).sum()),
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


def _table(corpus: InspectedCorpus, rules: Sequence[RowRule], context: Context) -> pd.DataFrame:
    """The fact table of the contract, without what needs all images."""
    table = label_facts([row.label for row in corpus.rows], rules, context)
    table["split"] = pd.Categorical([row.split for row in corpus.rows], categories=pd.Index(SPLITS))
    table["filename"] = [row.filename for row in corpus.rows]
    faults = {image.row: image.fault for image in corpus.images if image.fault}
    table["decodes"] = ~table.index.isin(list(faults))
    table["fault"] = pd.Series(faults, index=table.index, dtype="str")
    for name in MEASURED:
        column = np.full(len(table), np.nan, np.float32)
        column[[image.row for image in corpus.decoded]] = [getattr(image, name) for image in corpus.decoded]
        table[name] = column
    add_image_facts(table, rules, context)
    return table


def _measurements(corpus: InspectedCorpus, table: pd.DataFrame) -> ImageMeasurements:
    """The facts of all images of a corpus as the contract measures them."""
    width, height, ink, contrast = (table[name].fillna(0).to_numpy() for name in MEASURED)
    digest = np.array([np.frombuffer(image.digest, np.uint8) for image in corpus.images])
    fingerprint = np.array([image.fingerprint for image in corpus.images])
    return ImageMeasurements(width, height, ink, contrast, digest, fingerprint, {})


def _judged(rule: RowRule, table: pd.DataFrame, rows: np.ndarray, sample: int, context: Context) -> RuleResult:
    checked = len(table) if isinstance(rule, LabelRule | GroupsApart) else sample
    return rule.judge(len(rows), checked, table.iloc[rows[:EXAMPLES]].to_dict("records"), context)


def _on_splits(
    table: pd.DataFrame,
    rules: Sequence[RowRule],
    violations: Mapping[str, np.ndarray],
    params: Params,
    context: Context,
) -> list[RuleResult]:
    of_no_use = [rule for rule in rules if isinstance(rule, LabelRule) and rule.unusable]
    accepted = ~_violating(table, rules, violations)
    unmeasured = table.fillna(dict.fromkeys(MEASURED, 0))  # sizes are not looked at here
    statistics = split_statistics(unmeasured, accepted, _violating(table, of_no_use, violations))
    chosen = (UnusableLabels, SplitSizes, CharacterCount)
    return [params.validate_.rules[rule].check(statistics, context) for rule in chosen]


def _violating(table: pd.DataFrame, rules: Sequence[RowRule], violations: Mapping[str, np.ndarray]) -> np.ndarray:
    """Bool (rows,), those that would be quarantined by one of the rules."""
    mask = np.zeros(len(table), bool)
    for rule in rules:
        if rule.action != "warn":
            mask[violations[rule.name]] = True
    return mask
