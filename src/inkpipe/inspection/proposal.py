"""Propose parameters for a corpus, each with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from inkpipe.data.label_form import decide_form
from inkpipe.inspection.effects import Effects, check, judge
from inkpipe.inspection.limits import is_inverted, leakage_overrides, limit_overrides
from inkpipe.inspection.overrides import Override, applied
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.inspection.sizes import contrast_overrides, preset_overrides, size_overrides
from inkpipe.inspection.training import Speed, training_overrides
from inkpipe.params import Params
from inkpipe.sources.listing import MAY_SHARE_PAGE

PAGE_OF_LINE = r"^(.*?)\d+\D*(?:\.jp2)?$"  # the name of a line without its last number: `p12_` of `p12_03.png`
NUMBER = r"(?:^|\D)(\d{3,})"  # the first number of a page's name that can be one of a writer or a document
FEWEST_NUMBERS = 10  # fewer different ones are no numbers of writers or documents, but years and the like
LARGEST_GROUP = 0.1  # fraction of the pages: a number that more of them share is a year or the like
SPARE = 1.3  # factor of the test images on those that a champion needs: hashes are uneven, and groups even more so
MOST_TEST = 0.3  # fraction of the images for the test split, beyond which too few are left to learn from


@dataclass(frozen=True)
class Proposal:
    """Parameters for a corpus.

    Attributes:
        overrides: the parameters to change, where the data lies first.
        params: the present parameters with these changes.
        effects: of these on the corpus.
        warnings: what no parameter can mend.
    """

    overrides: Sequence[Override]
    params: Params
    effects: Effects
    warnings: Sequence[str]

    @property
    def command(self) -> str:
        """The command that runs the pipeline, over several lines, with each reason before it as a comment."""
        reasons = [f"# {each.name}: {each.reason}" for each in self.overrides]
        options = [each.option for each in self.overrides]
        return "\n".join([*reasons, " \\\n  ".join(["dvc exp run", *options])])


def propose(
    corpus: InspectedCorpus, params: Params, present: Effects, data: Sequence[Override], speed: Speed
) -> Proposal:
    """Propose parameters.

    Args:
        corpus: the labels and images.
        params: the present parameters.
        present: their effects.
        data: the parameters that name the data.
        speed: measures training images a second with given parameters on this machine.

    Raises:
        InkpipeError: the values do not fit the present parameters.
    """
    splits = [*_grouping(corpus, params), *_test_split(corpus, params)]
    overrides = [*data, *splits, *_case(corpus, params), *preset_overrides(corpus, params)]
    chosen = applied(params, overrides)
    if corpus.decoded:
        overrides += [*contrast_overrides(corpus, chosen), *size_overrides(corpus, chosen, present)]
    overrides += limit_overrides(corpus, params, present)
    sized = applied(params, overrides)
    if corpus.decoded:
        overrides += training_overrides(sized, corpus.splits["train"], speed)
    proposed = applied(params, overrides)
    checked = check(corpus, proposed)
    expected = judge(corpus, checked, proposed)
    if leaks := leakage_overrides(expected, proposed, split_anew=bool(splits)):
        overrides += leaks
        proposed = applied(params, overrides)
        expected = judge(corpus, checked, proposed)  # tolerances do not change what violates a rule
    return Proposal(overrides, proposed, expected, _warnings(corpus, params, proposed, expected))


def _case(corpus: InspectedCorpus, params: Params) -> list[Override]:
    """Keep the case of labels that have lower-case letters, where a person chose another case."""
    form = decide_form(corpus.training_labels, "auto", params.vocabulary.unicode_form)
    if params.vocabulary.case in ("auto", "keep") or form.case != "keep":
        return []
    return [Override("vocabulary.case", "keep", form.reason)]


def _grouping(corpus: InspectedCorpus, params: Params) -> list[Override]:
    """Keep lines together that seem to come from one page, and let labels be missing that have no image."""
    folder, overrides = params.data.folder, []
    if MAY_SHARE_PAGE in corpus.listed("noticed") and folder.group_pattern is None:
        reason = "lines of one page stay in one split; if the names tell the writer, take that part of them"
        overrides.append(Override("data.folder.group_pattern", PAGE_OF_LINE, reason))
    overrides += _numbered_pages(corpus) if folder.group_pattern is None and folder.group_column is None else []
    if corpus.unmatched_fraction > folder.max_unmatched_fraction:
        value = min(1.0, ceil(corpus.unmatched_fraction * 1000 + 1) / 1000)
        reason = f"{corpus.unmatched_fraction:.2%} of the labels have no image or are faulty; correct them if you can"
        overrides.append(Override("data.folder.max_unmatched_fraction", value, reason))
    return overrides


def _test_split(corpus: InspectedCorpus, params: Params) -> list[Override]:
    """Test on as many images as a champion needs, where the data leaves the choice and has enough of them."""
    least, fraction = params.promote.min_images, _test_fraction(corpus, params)
    if corpus.test_images >= least or fraction is None:
        return []
    why = f"{corpus.test_images:,} test images are few, and a champion needs {least:,} (promote.min_images)"
    return [Override("data.folder.test_fraction", fraction, why)]


def _test_fraction(corpus: InspectedCorpus, params: Params) -> float | None:
    """The fraction that gives enough test images; None if no larger one than now does."""
    fraction = ceil(100 * SPARE * params.promote.min_images / max(1, len(corpus.labels))) / 100
    possible = "test" in corpus.by_hash and params.data.folder.test_fraction < fraction <= MOST_TEST
    return fraction if possible else None


def _numbered_pages(corpus: InspectedCorpus) -> list[Override]:
    """Keep pages together whose names have the same number: `letter_0024` and `letter_0024_1` may be of one writer."""
    if (corpus.described.get("groups") or {}).get("by") != "column page":
        return []
    pages = sorted({row.filename.rpartition("/")[0] for row in corpus.rows})
    found = [match[1] if (match := re.search(NUMBER, page)) else "" for page in pages]
    counts = Counter(found)
    (number, most) = counts.most_common(1)[0]
    if "" in counts or most == 1 or most > LARGEST_GROUP * len(pages) or len(counts) < FEWEST_NUMBERS:
        return []
    alike = " and ".join(page for page, other in zip(pages, found, strict=True) if other == number)
    reason = f"pages of one number, such as {alike}, may be of one writer or document: they stay in one split"
    return [Override("data.folder.group_pattern", NUMBER, reason)]


def _warnings(corpus: InspectedCorpus, params: Params, proposed: Params, expected: Effects) -> list[str]:
    warnings, least = [], params.promote.min_images
    if corpus.test_images < least and proposed.data.folder.test_fraction == params.data.folder.test_fraction:
        warnings.append(
            f"{corpus.test_images:,} test images make no champion, which needs {least:,}: transcribe more, "
            "or lower promote.min_images."
        )
    if is_inverted(corpus) and proposed.preprocess.invert != "auto":
        warnings.append("Most images are light writing on a dark background: set preprocess.invert to auto.")
    stops = (f"The contract would still stop: {result.line()} {result.advice}" for result in expected.stopping)
    return [*warnings, *stops]
