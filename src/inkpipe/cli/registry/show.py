"""`inkpipe registry list` and `inkpipe registry history`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TextIO

from inkpipe.cli.common import existing_store, model_name
from inkpipe.output import as_json, printable
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.moves import history, notice_moves_outside
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.registry import all_versions


def show_versions(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print all versions with alias, test CER and the gate's decision, for people or as JSON."""
    store, name = existing_store(), model_name()
    rows = [_version_row(version) for version in all_versions(store, name)]
    if arguments.json:
        print(as_json(rows, out), file=out)
    elif rows:
        _print_table(("version", "alias", "registered", "test CER", "images", "decision", "note"), rows, out)
    else:
        print(
            f"no version of {name!r} is registered in {store.shown_uri}; `make repro` trains and registers one "
            "(`dvc repro -sf promote` if all stages are up to date)",
            file=out,
        )
    return 0


def show_history(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print every move of the champion with who made it and why, the oldest first, for people or as JSON."""
    store, name = existing_store(), model_name()
    notice_moves_outside(store, name)
    moves = history(store, name)
    if arguments.json:
        print(as_json([asdict(move) for move in moves], out), file=out)
        return 0
    if not moves:
        print(f"no move of the champion of {name!r} is recorded", file=out)
    for move in moves:
        who = f"{move.by} ({move.user})" if move.user else move.by
        path = f"{_or_none(move.before)} -> {_or_none(move.version)}"
        print(printable(f"{move.time}  {path:<14} {who}: {move.reason}", out), file=out)
    return 0


def _version_row(version: ModelVersion) -> dict[str, Any]:
    decision = Decision.from_json(version.decision) if version.decision else None
    failed = ", ".join(dict.fromkeys(line.check for line in decision.failed)) if decision else ""
    taken_down = f"taken down: {version.taken_down}" if version.taken_down is not None else ""
    return {
        "version": version.number,
        "alias": ", ".join(version.aliases),
        "registered": datetime.fromtimestamp(version.created / 1000, UTC).isoformat(timespec="seconds"),
        "test CER": decision.candidate.cer if decision else None,
        "images": decision.scores.get("n") if decision else None,
        "decision": decision.word if decision else "not judged",
        "note": taken_down or (f"failed: {failed}" if failed else ""),
    }


def _print_table(columns: Sequence[str], rows: Sequence[dict[str, Any]], out: TextIO) -> None:
    cells = [list(columns), *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(printable(line.rstrip(), out), file=out)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _or_none(number: int | None) -> str:
    return "none" if number is None else str(number)
