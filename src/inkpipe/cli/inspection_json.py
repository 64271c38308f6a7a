"""What `inkpipe inspect` found, as JSON for programs."""

from __future__ import annotations

from typing import Any

from inkpipe.imaging.resize import LEGIBLE
from inkpipe.inspection.effects import Effects
from inkpipe.inspection.image_facts import quantiles
from inkpipe.inspection.label_summary import summarize_labels
from inkpipe.inspection.limits import is_inverted
from inkpipe.inspection.proposal import Proposal
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.output import decodable
from inkpipe.rules.splits import CharacterCount


def as_object(corpus: InspectedCorpus, present: Effects, proposal: Proposal) -> dict[str, Any]:
    """All that the text says, for `json.dumps`.

    Args:
        corpus: what was seen.
        present: what the present parameters would do.
        proposal: the parameters to take.
    """
    return {
        "corpus": _corpus(corpus, proposal.params.validate_.rules[CharacterCount]),
        "present": _effects(present),
        "proposed": {
            "parameters": [
                {"name": each.name, "value": each.value, "reason": each.reason} for each in proposal.overrides
            ],
            "command": proposal.command,
            **_effects(proposal.effects),
            "warnings": list(proposal.warnings),
        },
    }


def _corpus(corpus: InspectedCorpus, rule: CharacterCount) -> dict[str, Any]:
    labels, images = summarize_labels(corpus.labels), corpus.decoded
    return {
        "layout": corpus.described["layout"],
        "rows": corpus.splits,
        "not_transcribed": corpus.not_transcribed,
        "skipped": corpus.listed("skipped"),
        "noticed": corpus.listed("noticed"),
        "groups": corpus.described.get("groups"),
        "columns": list(corpus.columns),
        "images": {
            "measured": len(corpus.images),
            "undecodable": len(corpus.images) - len(images),
            "width": quantiles([image.width for image in images]),
            "height": quantiles([image.height for image in images]),
            "aspect": quantiles([image.width / image.height for image in images]),
            "background": quantiles([image.background for image in images]),
            "inverted": is_inverted(corpus),
        },
        "labels": {
            "count": labels.count,
            "length": quantiles(labels.lengths),
            "words": quantiles(labels.words),
            "case": {"upper": labels.upper, "lower": labels.lower, "mixed": labels.mixed},
            "scripts": labels.scripts,
            "symbols": labels.symbols,
            "rare": {each: labels.characters[each] for each in rule.rare(labels.characters)},
            "characters": len(labels.characters),
        },
    }


def _effects(effects: Effects) -> dict[str, Any]:
    return {
        "quarantined": effects.quarantined,
        "rules": {
            result.rule: {
                "verdict": result.verdict,
                "violations": result.violations,
                "checked": result.checked,
                "unit": result.unit,
                "expected": result.expected,
                "examples": [decodable(each) for each in result.examples[:3]],
            }
            for result in effects.results
            if result.violations
        },
        "case": effects.form.case,
        "changed_labels": {
            "count": effects.changes.changed,
            "kinds": dict(effects.changes.counts),
            "examples": effects.changes.examples,
        },
        "line_height": {**quantiles(effects.line_heights), f"below {LEGIBLE} px": effects.low},
        "frames": {
            "of_the_model": effects.frames,
            "needed": quantiles(effects.frames_needed),
            "too_few_of_their_own": effects.tight,
        },
    }
