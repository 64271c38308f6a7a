"""Propose wider limits where correct data breaks the present ones."""

from __future__ import annotations

import unicodedata
from math import ceil
from typing import NamedTuple

import numpy as np

from inkpipe.inspection.effects import Effects
from inkpipe.inspection.image_facts import INVERTED
from inkpipe.inspection.overrides import Override
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.params import Params
from inkpipe.rules.labels import LabelCharacters
from inkpipe.rules.leakage import IdenticalImages, NearIdenticalImages
from inkpipe.rules.result import RuleResult

# Fraction of a rule's tolerance above which its limit is widened: the rest of the corpus may be worse than the sample.
CAUTION = 0.5
EXTREME = 0.001  # fraction of the values beyond a new limit: mistakes stay in quarantine
HEADROOM = 1.1  # factor of a new limit on the most extreme value, for images that were not measured
OF_COPIES = frozenset(rule.name for rule in (IdenticalImages, NearIdenticalImages))
NO_TEXT = ("Cc", "Cs", "Cn")  # Unicode categories that no label should have: controls, surrogates, unassigned


class _Limit(NamedTuple):
    """A limit of a rule, and the column of the fact table that it limits."""

    rule: str
    field: str
    column: str

    @property
    def is_upper(self) -> bool:
        return self.field.startswith("max")


LIMITS = (
    _Limit("label_length", "max", "length"),
    _Limit("word_count", "max", "words"),
    _Limit("image_size", "min_width", "width"),
    _Limit("image_size", "max_width", "width"),
    _Limit("image_size", "min_height", "height"),
    _Limit("image_size", "max_height", "height"),
    _Limit("aspect", "min", "aspect"),
    _Limit("aspect", "max", "aspect"),
    _Limit("ink_fraction", "min", "ink"),
    _Limit("ink_fraction", "max", "ink"),
    _Limit("ink_fraction", "min_contrast", "contrast"),
)


def limit_overrides(corpus: InspectedCorpus, params: Params, effects: Effects) -> list[Override]:
    """Propose limits of `validate.rules` and allowed characters.

    Args:
        corpus: the labels and images.
        params: the present parameters.
        effects: of these parameters.
    """
    crowded = {result.rule for result in effects.results if _crowded(result, corpus, params)}
    # Dark images are blots, unless they are light writing on dark, which `preprocess.invert` makes dark on light.
    dark = is_inverted(corpus) and params.preprocess.invert == "auto"
    limits = [limit for limit in LIMITS if limit.rule in crowded and (dark or limit[:2] != ("ink_fraction", "max"))]
    found = [_widened(limit, params, effects) for limit in limits]
    return [override for override in (*found, _characters(params, effects)) if override]


def leakage_overrides(effects: Effects, params: Params, *, split_anew: bool) -> list[Override]:
    """Propose to quarantine all images that a later split has too, where they are too many to be tolerated.

    In a corpus of short numbers, or of few hands and texts, many images are alike. Without them the scores are honest.

    Args:
        effects: of the parameters with all other proposals.
        params: these parameters.
        split_anew: whether they split the data in another way than it was seen, so that other copies are found.
    """
    overrides = []
    for result in effects.results:
        most = effects.copies.get(result.rule, 0) if split_anew else result.violations
        few = max(params.validate_.min_tolerated_rows, (result.tolerance or 0) * result.checked)
        if result.rule in OF_COPIES and most > few:
            value = min(1.0, ceil(100 * most / result.checked) / 100)
            found = f"{'up to ' if split_anew else ''}{most:,} of {result.checked:,} images"
            why = f"{found} are in a later split too: they are quarantined"
            overrides.append(Override(f"validate.rules.{result.rule}.tolerance", value, why))
    return overrides


def is_inverted(corpus: InspectedCorpus) -> bool:
    """Whether most images have light writing on a dark background."""
    return bool(corpus.decoded) and float(np.median([image.ink for image in corpus.decoded])) > INVERTED


def _crowded(result: RuleResult, corpus: InspectedCorpus, params: Params) -> bool:
    """Whether a rule would quarantine so many rows that the whole corpus may exceed its tolerance."""
    few = params.validate_.min_tolerated_rows if len(corpus.images) == len(corpus.rows) else 0
    return result.tolerance is not None and result.violations > max(few, CAUTION * result.tolerance * result.checked)


def _widened(limit: _Limit, params: Params, effects: Effects) -> Override | None:
    """A limit that nearly all values keep; None if they keep the present one."""
    present = getattr(getattr(params.validate_.rules, limit.rule), limit.field)
    values = effects.table[limit.column].dropna().to_numpy(np.float64)
    beyond = values > present if limit.is_upper else values < present
    if not beyond.any():
        return None
    if limit.is_upper:
        extreme = float(np.quantile(values, 1 - EXTREME, method="higher")) * HEADROOM
        value = int(np.ceil(extreme)) if isinstance(present, int) else float(np.ceil(extreme * 100) / 100)
        value = min(value, 1.0) if limit.rule == "ink_fraction" else value
    else:
        extreme = float(np.quantile(values, EXTREME, method="lower")) / HEADROOM
        floor = int(np.floor(extreme)) if isinstance(present, int) else float(np.floor(extreme * 1e5) / 1e5)
        value = max(1, floor) if limit.rule == "image_size" else floor
    where = "above" if limit.is_upper else "below"
    reason = f"{int(beyond.sum()):,} of {len(values):,} are {where} {present}"
    return Override(f"validate.rules.{limit.rule}.{limit.field}", value, reason)


def _characters(params: Params, effects: Effects) -> Override | None:
    """Allow the characters of the labels that are signs of writing."""
    present = params.validate_.rules[LabelCharacters].extra
    foreign = sorted(set("".join(effects.table["foreign"].dropna())))
    signs = [each for each in foreign if unicodedata.category(each) not in NO_TEXT]
    if not signs:
        return None
    rows = int(effects.table["foreign"].notna().sum())
    reason = f"{rows:,} label(s) have {' '.join(signs)}, which the contract does not allow yet"
    return Override("validate.rules.label_characters.extra", present + "".join(signs), reason)
