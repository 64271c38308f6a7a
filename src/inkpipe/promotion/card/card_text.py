"""A model card as Markdown, with the YAML front matter of the Hugging Face hub."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from inkpipe.evaluation.metrics import RATES, STATISTICS, interval
from inkpipe.evaluation.slices import FEW
from inkpipe.params.flatten import flatten
from inkpipe.params.set_param import set_param
from inkpipe.promotion.card.card_facts import CardFacts
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.decision_text import decision_markdown
from inkpipe.promotion.moves import Move
from inkpipe.tracking.model_version import ModelVersion

SHOWN_SLICES = 12  # the worst ones: a card is read, slices.csv has all
SCORED = "test"  # the split that the scores are of
ACCEPTANCE = re.compile(r"coverage_at_(?P<errors>\w+)_percent_errors")
DIRTY = "yes: the commit alone does not give this model"
KNOWN_LICENSES = {
    "code": "The code of inkpipe: Apache-2.0.",
    "synthetic": "The synthetic images are made by inkpipe itself; their names come from Faker (MIT).",
    "data": "inkpipe does not know the license of the corpus (source `{source}`). Look it up before you publish.",
    "weights": "The license of the weights is yours to choose: add `license:` to the front matter before you publish.",
}


def card_text(
    version: ModelVersion, facts: CardFacts, decision: Decision | None, moves: Sequence[Move], judged: int | None
) -> str:
    """Write the card of a version.

    Args:
        version: the registered model.
        facts: what was gathered when it was registered.
        decision: of the gate; None if it has not judged the version.
        moves: the history of the champion.
        judged: the number of models that were judged on the same test images; None if it is not known.

    Returns:
        Markdown after YAML front matter.
    """
    sections = {
        "Use": _use(facts),
        "Decision": _decision(version, decision, moves),
        "Scores": _scores(facts, judged),
        "Calibration": _calibration(facts),
        "Data": _data(facts),
        "Parameters": _parameters(facts),
        "Limits": _limits(facts),
        "Licenses": _licenses(facts),
        "How to reproduce it": _reproduction(version, facts),
    }
    front = yaml.safe_dump(front_matter(version, facts), sort_keys=False, allow_unicode=True)
    lines = ["---", front.rstrip(), "---", "", f"# {version}", "", _summary(facts)]
    for title, section in sections.items():
        lines += ["", f"## {title}", "", *section]
    return "\n".join(lines) + "\n"


def front_matter(version: ModelVersion, facts: CardFacts) -> dict[str, Any]:
    """What the Hugging Face hub reads: task, tags and the scores as a `model-index`.

    Args:
        version: the registered model.
        facts: as in `card_text`.
    """
    kind = str(facts.source.get("source", "unknown"))
    metrics = [
        {"type": rate.name if rate.name in ("cer", "wer") else "exact_match", "name": rate.title}
        | {"value": facts.scores[rate.name]}
        for rate in RATES
        if rate.name in ("cer", "wer", "exact")
    ]
    return {
        "library_name": "inkpipe",
        "pipeline_tag": "image-to-text",
        "tags": ["handwriting-recognition", "htr", "ocr", "ctc", "onnx"],
        "metrics": ["cer", "wer"],
        "model-index": [
            {
                "name": f"{version.name}-{version.number}",
                "results": [
                    {
                        "task": {"type": "image-to-text", "name": "handwriting recognition"},
                        "dataset": {"name": f"{kind} corpus", "type": kind, "split": SCORED},
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }


def _summary(facts: CardFacts) -> str:
    height, width = facts.image
    return (
        f"It recognizes the text of images of one handwritten line, brought to {height} x {width} pixels. On "
        f"{facts.scores['n']:,} test images its character error rate is {interval(facts.scores, 'cer')}."
    )


def _use(facts: CardFacts) -> list[str]:
    files = ", ".join(f"`{name}` ({size:,} bytes)" for name, size in facts.files.items())
    return [
        "```sh",
        "inkpipe read IMAGE... --model FOLDER   # this folder",
        "```",
        "",
        f"Files: {files}. They hold no code and no pickles.",
    ]


def _decision(version: ModelVersion, decision: Decision | None, moves: Sequence[Move]) -> list[str]:
    lines = [decision_markdown(decision) if decision else "The gate has not judged this version."]
    if version.taken_down is not None:
        lines += ["", f"**A person took it down as champion**: {version.taken_down}"]
    own = [move for move in moves if version.number in (move.version, move.before)]
    if own:
        lines += ["", *_table(("when", "champion", "by", "reason"), (_move_cells(move) for move in own))]
    return [*lines, "", f"Alias at the time of this card: {', '.join(version.aliases) or 'none'}."]


def _move_cells(move: Move) -> tuple[str, ...]:
    numbers = ("none" if number is None else str(number) for number in (move.before, move.version))
    return move.time, " → ".join(numbers), move.by, move.reason


def _scores(facts: CardFacts, judged: int | None) -> Iterator[str]:
    rates = ((rate.title, interval(facts.scores, rate.name), rate.meaning) for rate in RATES)
    yield from _table(("rate", "value and 95 % interval", ""), rates)
    if judged:
        yield ""
        yield (
            f"Models judged on these test images so far: {judged}. "
            "The best of many owes something to chance: choose by validation CER."
        )
    rows = sorted(_enough(facts), key=lambda row: -row[2]["cer"])
    if rows:
        yield ""
        yield f"The slices of at least {FEW} images, those of the highest CER first:"
        yield ""
        cells = (
            (fact, part, f"{each['n']:,}", interval(each, "cer"), f"{each['exact']:.1%}")
            for fact, part, each in rows[:SHOWN_SLICES]
        )
        yield from _table(("sliced by", "slice", "images", "CER", "exact"), cells)


def _enough(facts: CardFacts) -> Iterator[tuple[str, str, Mapping[str, float]]]:
    for fact, parts in facts.slices.items():
        yield from ((fact, part, scores) for part, scores in parts.items() if scores["n"] >= FEW)


def _calibration(facts: CardFacts) -> Iterator[str]:
    known = [each for each in STATISTICS if each.name in facts.scores]
    values = (f"{facts.scores[each.name]:.2%}" if each.percent else f"{facts.scores[each.name]:.4f}" for each in known)
    yield from _table(
        ("measure", "value", ""), ((each.title, value, each.meaning) for each, value in zip(known, values, strict=True))
    )
    accepted = [_accepted(facts, match["errors"]) for name in facts.scores if (match := ACCEPTANCE.fullmatch(name))]
    if accepted:
        yield ""
        yield "Texts that may be accepted unseen, by a threshold of confidence that validation images chose:"
        yield ""
        yield from _table(
            ("errors aimed at", "accepted", "wrong among them"), sorted(accepted, key=lambda row: float(row[0][:-2]))
        )


def _accepted(facts: CardFacts, errors: str) -> tuple[str, str, str]:
    coverage, found = (facts.scores.get(f"{name}_at_{errors}_percent_errors") for name in ("coverage", "observed"))
    return f"{errors.replace('_', '.')} %", f"{coverage:.1%}", "" if found is None else f"{found:.2%}"


def _data(facts: CardFacts) -> Iterator[str]:
    source = {name: value for name, value in flatten(facts.source).items() if value is not None}
    yield from _table(("source", ""), ((name, f"`{value}`") for name, value in source.items()))
    yield ""
    rows = (
        (split, *(f"{counts[name]:,}" for name in ("rows", "accepted", "quarantined")))
        + ((f"{facts.synthetic.get(split, {}).get('accepted', 0):,}",) if facts.synthetic else ())
        for split, counts in sorted(facts.splits.items(), key=lambda item: -item[1]["rows"])
    )
    columns = ("split", "rows", "accepted", "quarantined", *(("synthetic",) if facts.synthetic else ()))
    yield from _table(columns, rows)
    yield ""
    yield _counted("Quarantined by the data contract", facts.quarantined)
    yield _counted("Skipped at download", facts.skipped)
    yield ""
    yield from _table(("data", "digest"), ((name, f"`{digest}`") for name, digest in facts.digests.items()))


def _counted(title: str, counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{reason} {number:,}" for reason, number in counts.items())
    return f"- {title}: {listed or 'nothing'}."


def _parameters(facts: CardFacts) -> list[str]:
    if facts.changes is None:
        return ["The parameters of the commit are not known, so they are not compared. All are in `params.yaml`."]
    if not facts.changes:
        return ["All are those of the commit's params.yaml."]
    rows = ((f"`{name}`", f"`{before}`", f"`{now}`") for name, (before, now) in facts.changes.items())
    return [*_table(("parameter", "at the commit", "here"), rows)]


def _limits(facts: CardFacts) -> Iterator[str]:
    if facts.source.get("source") == "synthetic":
        yield (
            "- The test images are synthetic: the scores tell how well it learned the generator's handwriting, and not "
            "how well it recognizes real forms. Score it on labeled images of your own with `inkpipe score`."
        )
    known = "".join(sorted(facts.characters))
    yield f"- It knows {len(facts.characters)} characters and predicts no other: `` {known} ``."
    yield (
        f"- A text has at most {facts.frames} characters, fewer where one is repeated; the longest of the training has "
        f"{facts.longest_label}. An image holds one line."
    )
    worse = [row for row in _enough(facts) if row[2]["cer_low"] > facts.scores["cer_high"]]
    for fact, part, each in sorted(worse, key=lambda row: -row[2]["cer"]):
        yield f"- It is certainly worse where {fact} is {part}: CER {interval(each, 'cer')} on {each['n']:,} images."


def _licenses(facts: CardFacts) -> Iterator[str]:
    kind = facts.source.get("source", "unknown")
    yield f"- {KNOWN_LICENSES['code']}"
    if kind == "synthetic" or facts.synthetic:
        yield f"- {KNOWN_LICENSES['synthetic']}"
    if kind != "synthetic":
        yield f"- {KNOWN_LICENSES['data'].format(source=kind)}"
    yield f"- {KNOWN_LICENSES['weights']}"


def _reproduction(version: ModelVersion, facts: CardFacts) -> Iterator[str]:
    rows = {
        "git commit": facts.commit or "not known",
        "uncommitted changes": {True: DIRTY, False: "none", None: "not known"}[facts.dirty],
        "DVC experiment": facts.experiment or "none",
        "dvc.lock, without promote": facts.lock or "not known",
        "model": version.digest,
        "MLflow run": version.run_id,
    }  # fmt: skip
    yield from _table(("", ""), ((name, f"`{value}`") for name, value in rows.items()))
    yield ""
    yield "```sh"
    if facts.commit:
        yield f"git checkout {facts.commit} && make setup"
    yield _command(facts)
    yield "```"
    yield ""
    yield (
        "The same commit, data, kind of CPU and number of threads give the same bytes; another kind of CPU gives other "
        "low-order bits in training."
    )


def _command(facts: CardFacts) -> str:
    values = flatten(facts.parameters)
    settings = [f"-S {shlex.quote(set_param(name, values[name]))}" for name in facts.changes or {}]
    return " ".join(["dvc exp run", *settings]) if settings else "dvc repro"


def _table(columns: Sequence[str], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").split())
