"""`inkpipe COMMAND`: the commands for people. Importing this room loads nothing heavy, so that `--help` is instant."""

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

SPLITS = ("train", "validation", "test")  # as in inkpipe.data.corpus, which is slow to import
OWN = "a new folder, or an earlier output of this, which is replaced"
SORTS = ["confidence", "per_character"]  # of the rows of a transcription


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: `run(arguments, out) -> exit code` in the module of its name.

    Standard output gets the answer of the command. Whatever libraries print goes to standard error.

    Args:
        arguments: the words after `inkpipe`; None takes those of the process.

    Returns:
        0, 1 after one message on standard error, or 130 after Ctrl-C. Wrong usage exits with 2.
    """
    chosen = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    out = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            command = importlib.import_module(f"inkpipe.cli.{chosen.command.replace('-', '_')}")
            return int(command.run(chosen, out))
    except InkpipeError as error:
        print(f"inkpipe {chosen.command}: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if str(error.name).startswith("inkpipe"):
            raise
        print(
            f"inkpipe {chosen.command}: A package is not installed. Received: {error.name}. "
            "Install what it needs with `pip install 'inkpipe[pipeline,serve]'`, or `make setup` in a clone.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        from inkpipe.stage import INTERRUPTED

        print(f"inkpipe {chosen.command}: Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the program that takes our output, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inkpipe", description="Recognizes text in images of handwriting.")
    parser.add_argument("--version", action="version", version=f"inkpipe {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    inspect = _add(commands, "inspect", "look at labeled images of your own, and propose the command that fits them")
    inspect.add_argument("data", type=Path, metavar="DATA", help="a directory or a .zip of labeled images (see README)")
    inspect.add_argument("--layout", metavar="NAME", help="of the data, if it is in several: data.folder.layout")
    inspect.add_argument("--pictures", type=Path, metavar="FOLDER", help=f"images before and after preparation: {OWN}")
    _add_json(inspect)

    _add_read(commands)
    _add_serve(commands)
    _add_review(commands)

    drift = _add(commands, "drift", "compare served images with the training images; exit code 1 if they are unlike")
    drift.add_argument("log", type=Path, metavar="LOG", help="the folder of `inkpipe serve --log LOG`")
    manifest = "of the training images (default: data/validated/manifest.parquet of the project)"
    drift.add_argument("--manifest", type=Path, metavar="FILE", help=manifest)
    _add_json(drift)

    score = _add(commands, "score", "score a model on labeled images: CER, WER and exact match")
    score.add_argument("--data", required=True, type=Path, metavar="FOLDER_OR_ZIP", help="labeled images (see README)")
    score.add_argument("--split", required=True, choices=SPLITS, help="the images to score on")
    _add_model(score)
    _add_json(score)

    champion = _add(commands, "champion", "show the model that serves now, its CER and its origin")
    _add_json(champion)

    _add_registry(commands)

    _add(commands, "summary", "show the last pipeline run: scores, registry, report, what to try next")

    previews = _add(commands, "previews", "draw grids of pictures: cleaning, distortions, synthetic and real images")
    previews.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="the folder for the PNG files")
    previews.add_argument(
        "--data", type=Path, metavar="FOLDER_OR_ZIP", help="real images to show beside synthetic ones"
    )
    previews.add_argument("--split", default="train", choices=SPLITS, help="the real images to use (default: train)")

    labels = _add(commands, "label-errors", "rank the labels of the project that are probably wrong, with pictures")
    ranked = "the labels to rank, of mixed data those of real images (default: train)"
    labels.add_argument("--split", default="train", choices=SPLITS, help=ranked)
    judges = (
        "0: by the finished model; 2 or more: by so many models, each of which has not seen the labels that it judges"
    )
    labels.add_argument("--folds", type=int, help=f"{judges} (default: evaluate.label_errors.folds)")
    _add_epochs_and_out(labels, "data/label_errors")

    _add_learning_curve(commands)
    _add_experiments(commands)
    _add_proof(commands)
    _add_ui(commands)
    return parser


def _add_proof(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = _add(commands, "verify", "prove in a clone that the committed tree reproduces; exit code 1 if not")
    verify.add_argument("--quick", action="store_true", help="lock, committed results and packages alone: seconds")
    verify.add_argument("--full", action="store_true", help="also reproduce the whole default pipeline")
    verify.add_argument("--record", action="store_true", help="only write this environment, to commit it with dvc.lock")
    _add_json(verify)

    pull = _add(commands, "pull-request", "show what this commit changes: metrics, parameters, plots, the verdict")
    pull.add_argument("base", metavar="BASE", help="the revision to compare with, such as origin/main")
    pull.add_argument("--verdict", type=Path, metavar="FILE", help="the output of `inkpipe verify --json`")
    pull.add_argument("--out", type=Path, metavar="FOLDER", help="also write summary.md and the changed plots")


def _add_ui(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ui = _add(commands, "ui", "start the MLflow UI with the project's runs, on loopback")
    ui.add_argument("--port", type=int, default=5000, help="port on 127.0.0.1; 0 takes a free one (default: 5000)")


def _add_read(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    read = _add(commands, "read", "recognize the text of images, with a confidence each")
    named = "images of a text line (JPEG, PNG ...), PAGE or ALTO files, folders, zips, patterns, - for a list on stdin"
    read.add_argument("images", nargs="+", metavar="PATH", help=named)
    _add_model(read)
    read.add_argument("--out", type=Path, metavar="FILE", help="write to a file, whole or not at all (else: print)")
    formats = ("text", "csv", "jsonl", "parquet")
    read.add_argument("--format", choices=formats, help="of the output (default: by the file's name, else text)")
    read.add_argument("--pages", type=Path, metavar="FOLDER", help="write PAGE and ALTO files there, with the texts")
    read.add_argument("--untranscribed", action="store_true", help="of pages, read only the lines without a text")
    read.add_argument("--resume", action="store_true", help="go on with a run into the same --out that was interrupted")
    read.add_argument("--top", type=int, default=1, metavar="N", help="texts of an image, likeliest first (default: 1)")
    for bound, default in (("min", 0.0), ("max", 1.0)):
        option = f"--{bound}-confidence"
        read.add_argument(option, type=float, default=default, metavar="P", help="leave out other texts, 0 to 1")
    read.add_argument("--sort", choices=SORTS, help="least certain first, by the text or by its characters (lines)")


def _add_experiments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sweep = _add(commands, "sweep", "search good parameters by many trainings; the pipeline reproduces the best")
    sweep.add_argument("--trials", type=int, metavar="N", help="in all, earlier ones included (default: sweep.trials)")
    sweep.add_argument("--workers", type=int, metavar="N", help="trainings at once here (default: as many as fit)")
    sweep.add_argument("--name", help="of the sweep (default: one for this search, so that it goes on if run again)")
    sweep.add_argument("--no-replay", action="store_true", help="only print the command that reproduces the best trial")

    _add_json(_add(commands, "experiments", "show every DVC experiment beside its MLflow run"))


def _add_learning_curve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    curve = _add(commands, "learning-curve", "train on parts of the training images: what would more labels buy?")
    parts = "of the images, of the real ones in mixed data (default: 0.1,0.25,0.5,1)"
    curve.add_argument("--fractions", default="0.1,0.25,0.5,1", help=parts)
    curve.add_argument("--seeds", type=int, default=1, metavar="N", help="trainings of each fraction (default: 1)")
    _add_epochs_and_out(curve, "data/learning_curve")


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _add(commands, "serve", "serve the recognizer over HTTP: an API, a demo page, metrics")
    _add_model(serve)
    _add_address(serve, 8080)
    logged = "log statistics of a sample of the images there, for `inkpipe drift`; no image, name or text"
    serve.add_argument("--log", type=Path, metavar="FOLDER", help=logged)
    serve.add_argument("--log-fraction", type=float, default=0.1, metavar="P", help="of the images (default: 0.1)")
    serve.add_argument("--log-rows", type=int, default=100_000, metavar="N", help="that stay (default: 100,000)")
    limits = {"bytes": 16 << 20, "items": 64, "pixels": 50_000_000}
    purposes = {"bytes": "of a request", "items": "images of a request", "pixels": "of an image"}
    for name, default in limits.items():
        shown = f"{purposes[name]} (default: {default:,})"
        serve.add_argument(f"--max-{name}", type=int, default=default, metavar="N", help=shown)


def _add_review(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    review = _add(commands, "review", "let people check predictions, on a page of this machine")
    given = "a folder or .zip of images or pages, labeled or not; images; or the file of an earlier review"
    review.add_argument("data", nargs="+", metavar="DATA", help=given)
    kept = "the review: images, predictions and all decisions (default: DATA.review.sqlite)"
    review.add_argument("--store", type=Path, metavar="FILE", help=kept)
    review.add_argument("--layout", metavar="NAME", help="of the data, if it is in several: data.folder.layout")
    review.add_argument("--prepare", action="store_true", help="fill the review, and serve no page")
    _add_model(review)
    _add_address(review, 8081)

    corrections = _add(commands, "corrections", "write what a review says the images show")
    _add_review_file(corrections)
    corpus = (
        f"a corpus for `data.folder.path`: the checked images, with who, when, and of which model's prediction: {OWN}"
    )
    corrections.add_argument("--out", type=Path, metavar="FOLDER", help=corpus)
    corrections.add_argument("--table", type=Path, metavar="FILE", help="the same as CSV for spreadsheets, no images")
    xml = f"the PAGE XML or ALTO files that the lines were cut by, with the texts: {OWN}"
    corrections.add_argument("--transcripts", type=Path, metavar="FOLDER", help=xml)
    labels = "also images that nobody has checked, with the label that they came with"
    corrections.add_argument("--with-labels", action="store_true", help=labels)
    unseen = "also images that nobody has checked, with their prediction if its confidence is at least P, 0 to 1"
    corrections.add_argument("--accept", type=float, metavar="P", help=unseen)

    studio = _add(commands, "label-studio", "exchange a review with Label Studio")
    actions = studio.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = _add(actions, "export", "write a task with its prediction for each image that nobody has checked")
    _add_review_file(export)
    tasks = f"for tasks.json, config.xml (the labeling interface) and images: {OWN}"
    export.add_argument("--out", required=True, type=Path, metavar="FOLDER", help=tasks)
    prefix = "/data/local-files/?d=images/"
    address = "of the address of each image (default: %(default)s, Label Studio's local files below FOLDER)"
    export.add_argument("--prefix", default=prefix, metavar="ADDRESS", help=address)
    imports = _add(actions, "import", "take the annotations of a JSON export over as decisions")
    _add_review_file(imports)
    imports.add_argument("annotations", type=Path, metavar="FILE", help="the export, in the format JSON")


def _add_review_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("review", type=Path, metavar="REVIEW", help="the file of a review, NAME.review.sqlite")


def _add_address(parser: argparse.ArgumentParser, port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to bind to (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=port, help=f"0 takes a free one (default: {port})")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="a token that clients must show, in a text file"
    )
    named = "a further name by which clients address the server; may be given again"
    parser.add_argument("--allow-host", action="append", default=[], metavar="NAME", help=named)


def _add_registry(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    registry = _add(commands, "registry", "show and change the registered models")
    actions = registry.add_subparsers(dest="action", required=True, metavar="ACTION")

    _add_json(_add(actions, "list", "show all versions with their test CER and the decisions on them"))
    _add_json(_add(actions, "history", "show every move of the champion, who made it and why"))

    promote = _add(actions, "promote", "make a version champion by hand; the gate does not undo it")
    promote.add_argument("version", type=int, metavar="VERSION", help="its number")
    promote.add_argument("--reason", required=True, help="for the history")
    promote.add_argument("--force", action="store_true", help="also if the gate rejected it or its files are gone")

    rollback = _add(actions, "rollback", "bring back the champion of before; the gate does not undo it")
    rollback.add_argument("--reason", default="rollback", help="for the history")
    rollback.add_argument("--force", action="store_true", help="also if its files are gone")

    card = _add(actions, "card", "print the model card of a version, or export it with the model's files")
    card.add_argument("version", type=int, metavar="VERSION", help="its number")
    card.add_argument("--out", type=Path, metavar="FOLDER", help="a new folder, in the layout of the Hugging Face hub")

    compare = _add(actions, "compare", "run two versions on the same images: both rates, the difference, its certainty")
    compare.add_argument("a", type=int, metavar="A", help="number of a version")
    compare.add_argument("b", type=int, metavar="B", help="number of another version")
    compare.add_argument("--data", type=Path, metavar="FOLDER_OR_ZIP", help="labeled images (default: the project's)")
    compare.add_argument("--split", default="test", choices=SPLITS, help="the images to compare on (default: test)")
    _add_json(compare)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, purpose: str
) -> argparse.ArgumentParser:
    end = "" if purpose.endswith("?") else "."
    return commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}{end}")


def _add_model(parser: argparse.ArgumentParser) -> None:
    named = "champion (the default), or the folder of a model such as data/recognizer"
    parser.add_argument("--model", default="champion", metavar="champion|PATH", help=named)


def _add_epochs_and_out(parser: argparse.ArgumentParser, folder: str) -> None:
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="epochs of each training (default: those of params.yaml)"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=f"{OWN} (default: {folder})")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
