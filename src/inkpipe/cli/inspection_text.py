"""What `inkpipe inspect` found, as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from inkpipe.imaging.resize import LEGIBLE
from inkpipe.inspection.effects import Effects
from inkpipe.inspection.image_facts import quantiles
from inkpipe.inspection.label_summary import LabelSummary, character_name, summarize_labels
from inkpipe.inspection.limits import is_inverted
from inkpipe.inspection.proposal import Proposal
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.rules.splits import CharacterCount

NAMED = 12  # symbols and rare characters in a line
LIGHT, DARK = 200, 100  # gray levels that separate white, gray and dark backgrounds


def lines(corpus: InspectedCorpus, present: Effects, proposal: Proposal) -> Iterator[str]:
    """The text, line by line.

    Args:
        corpus: what was seen.
        present: what the present parameters would do.
        proposal: the parameters to take.
    """
    yield "The corpus"
    yield from _indented(_corpus(corpus))
    yield from _indented(_labels(summarize_labels(corpus.labels), proposal.params.validate_.rules[CharacterCount]))
    yield from _indented(_images(corpus))
    yield ""
    yield "What the present parameters would do"
    yield from _indented(_effects(present))
    yield ""
    now, then = list(_effects(present)), list(_effects(proposal.effects))
    yield "What the proposed ones would do" if then != now else "The proposed ones would do the same"
    yield from _indented(then if then != now else [])
    yield from _indented(f"warning: {warning}" for warning in proposal.warnings)
    yield ""
    yield "The command. With `dvc exp run validate` and the same options it stops after the contract was checked;"
    yield "`git checkout params.yaml` brings the present parameters back."
    yield from proposal.command.splitlines()


def _indented(texts: Iterable[str]) -> Iterator[str]:
    return (f"  {text}" for text in texts)


def _corpus(corpus: InspectedCorpus) -> Iterator[str]:
    yield f"layout: {corpus.described['layout']}"
    yield f"rows: {len(corpus.rows):,} ({_counts(corpus.splits)})"
    yield f"not transcribed yet: {corpus.not_transcribed:,}"
    groups = corpus.described.get("groups")
    if groups:
        numbers = ", ".join(f"{split} {count:,}" for split, count in groups.items() if split != "by")
        yield f"groups: by {groups['by']} ({numbers})"
    else:
        yield "groups: none known"
    yield f"columns: {', '.join(corpus.columns) or 'none'}"
    for kind in ("skipped", "noticed"):
        first = corpus.first_listed(kind)
        for reason, count in corpus.listed(kind).items():
            yield f"{kind}: {reason}: {count:,}" + (f", such as {first[reason]}" if reason in first else "")


def _labels(labels: LabelSummary, rule: CharacterCount) -> Iterator[str]:
    if not labels.count:
        return
    yield f"characters of a label: {_quantiles(labels.lengths)}; words: {_quantiles(labels.words)}"
    yield f"case: {labels.mixed:,} labels of both cases, {labels.upper:,} upper only, {labels.lower:,} lower only"
    yield f"scripts: {_counts(labels.scripts) or 'no letters'}"
    yield f"characters: {len(labels.characters):,}"
    yield f"symbols: {_first([f'{symbol} {count:,}' for symbol, count in labels.symbols.items()])}"
    rare = [f"{character_name(each)} ({labels.characters[each]})" for each in rule.rare(labels.characters)]
    yield f"characters that occur less than {rule.min} times: {_first(rare)}"


def _images(corpus: InspectedCorpus) -> Iterator[str]:
    images = corpus.decoded
    yield f"images looked at: {len(corpus.images):,}, of which {len(corpus.images) - len(images):,} do not decode"
    if not images:
        return
    yield f"width, px: {_quantiles([image.width for image in images])}"
    yield f"height, px: {_quantiles([image.height for image in images])}"
    yield f"width / height: {_quantiles([image.width / image.height for image in images], digits=1)}"
    backgrounds = [image.background for image in images]
    middle = quantiles(backgrounds)["50 %"]
    kind = "white" if middle >= LIGHT else "gray" if middle >= DARK else "dark"
    yield f"background, of 255: {kind}, {_quantiles(backgrounds)}"
    yield f"polarity: {'light writing on dark (inverted)' if is_inverted(corpus) else 'dark writing on light'}"


def _effects(effects: Effects) -> Iterator[str]:
    yield f"{effects.quarantined:,} of {len(effects.table):,} rows would be quarantined (images: of those looked at)"
    for result in effects.results:
        if result.violations:
            yield f"{result.verdict}: {result.line()}"
    if effects.form.reason:
        yield f"vocabulary.case: auto takes {effects.form.case}: {effects.form.reason}"
    yield from effects.changes.lines()
    if effects.line_heights:
        number = len(effects.line_heights)
        yield f"height of lines in the model's input, px: {_quantiles(effects.line_heights)}"
        yield f"lines lower than {LEGIBLE} px: {effects.low:,} of {number:,}"
        yield f"lines whose own frames are too few for their label: {effects.tight:,} of {number:,}"
    if effects.frames_needed:
        yield f"frames: {effects.frames} of the model; labels need: {_quantiles(effects.frames_needed)}"


def _quantiles(values: Sequence[float], digits: int = 0) -> str:
    """The median and the range of values, such as `median 46 (96 % from 10 to 67, all from 3 to 104)`."""
    found = {name: f"{value:,.{digits}f}" for name, value in quantiles(values).items()}
    nearly, whole = (f"from {found[low]} to {found[high]}" for low, high in (("2 %", "98 %"), ("0 %", "100 %")))
    return f"median {found['50 %']} (96 % {nearly}, all {whole})"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _first(texts: Sequence[str]) -> str:
    more = f", and {len(texts) - NAMED:,} more" if len(texts) > NAMED else ""
    return ", ".join(texts[:NAMED]) + more if texts else "none"
