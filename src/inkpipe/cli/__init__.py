"""`inkpipe ...`: the commands for people. Importing this imports nothing heavy, so that `--help` is instant."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from inkpipe import __version__
from inkpipe.errors import InkpipeError

SPLITS = ("train", "validation", "test")
CHAMPION_OR_FOLDER = "champion (the default), or the folder of a reader such as data/model"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; each lives in the module of its name and has `run(arguments, out) -> exit code`.

    Standard output gets what the user asked for; whatever libraries say goes to standard error.

    Returns:
        0, or 1 after one message on standard error. Wrong usage exits with 2.
    """
    chosen = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    out = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            command = importlib.import_module(f"inkpipe.cli.{chosen.command}")
            return int(command.run(chosen, out))
    except InkpipeError as error:
        print(f"inkpipe {chosen.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inkpipe", description="Reads images of handwriting, and says how well.")
    parser.add_argument("--version", action="version", version=f"inkpipe {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    read = commands.add_parser("read", help="read images: text and confidence", description="Read images.")
    read.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="JPEG, PNG, TIFF or BMP of one line")
    _add_model_and_json(read)

    score = commands.add_parser("score", help="score a reader on labelled images", description="Score a reader.")
    score.add_argument(
        "--data", required=True, type=Path, metavar="FOLDER_OR_ZIP", help="as the folder source takes it"
    )
    score.add_argument("--split", required=True, choices=SPLITS, help="which images of it")
    _add_model_and_json(score)

    champion = commands.add_parser("champion", help="what serves now, its CER and where it came from")
    champion.add_argument("--json", action="store_true", help="print JSON and nothing else")

    commands.add_parser("summary", help="the last pipeline run: scores, registry, report, what to try next")

    sheets = commands.add_parser("sheets", help="pictures of cleaning options and distortions, drawn beside real")
    sheets.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where the PNG files go")
    sheets.add_argument("--data", type=Path, metavar="FOLDER_OR_ZIP", help="real images to show beside drawn ones")
    sheets.add_argument("--split", default="train", choices=SPLITS, help="which images of it (default: train)")

    ui = commands.add_parser("ui", help="the MLflow UI of the project's runs, on loopback")
    ui.add_argument("--port", type=int, default=5000, help="of 127.0.0.1 (default: 5000)")
    return parser


def _add_model_and_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="champion", metavar="champion|PATH", help=CHAMPION_OR_FOLDER)
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
