"""`inkpipe registry`: the versions of the project's model, the history of its champion, and changes by hand."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TextIO

from inkpipe.cli.registry.card import show_card
from inkpipe.cli.registry.change import promote, rollback
from inkpipe.cli.registry.compare import show_comparison
from inkpipe.cli.registry.show import show_history, show_versions

ACTIONS: dict[str, Callable[[argparse.Namespace, TextIO], int]] = {
    "list": show_versions,
    "history": show_history,
    "promote": promote,
    "rollback": rollback,
    "compare": show_comparison,
    "card": show_card,
}


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Do what the word after `registry` names."""
    return ACTIONS[arguments.action](arguments, out)
