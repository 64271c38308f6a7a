"""What a person at the review desk is worth: recognize images, check a few, train on them, recognize the rest again.

It runs in a project that has a champion, such as a clone after `make repro`:

    python benchmarks/review_loop.py --zip FORMS.zip --work loop

`--zip` is in the layout of the public names data set. Of its training images 2,000 are taken without their labels. Two
simulated persons check 200 of them at the desk, through its HTTP interface as the page does, and answer with the labels
of the data set: 140 that are least certain, 60 that are drawn at random. `inkpipe corrections` writes them, the command
of the README fine-tunes the champion on them, and both versions are scored on the 1,800 images that nobody has checked,
and on the images that people labeled, the validation split of the data set.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

LABELS, IMAGES = "written_name_{split}_v2.csv", "{split}_v2/{split}/{name}"
MARKERS = ("", "UNREADABLE", "EMPTY")  # no texts
README = Path(__file__).parents[1] / "README.md"
START = "dvc exp run -S data.source=mixed -S data.folder.path=corrections "  # of the command that trains


class Forms(NamedTuple):
    """Images with their labels, by name."""

    images: dict[str, bytes]
    labels: dict[str, str]


class Person(threading.Thread):
    """A simulated person, who knows what the images show.

    Args:
        url: of the desk.
        name: of the person.
        truth: labels by the name of the image.
        queue: to work through.
        images: how many to check.
    """

    def __init__(self, url: str, name: str, truth: Mapping[str, str], queue: str, images: int) -> None:
        super().__init__()
        self._url, self._truth, self._queue, self._images = url, truth, queue, images
        self._who = {"reviewer": name, "session": f"session-{name}-{queue}"}

    def run(self) -> None:
        """Claim and decide, one image after another."""
        for number in range(self._images):
            (item,) = self._post("/claim", {"queue": self._queue, "count": 1})["items"]
            said = {"kind": "text", "text": self._truth[item["name"]], "image": item["id"]}
            key = f"{self._who['session']}-{number:08}"
            self._post("/decide", {**said, "queue": self._queue, "key": key, "seconds": 1.0})
        self._post("/release", {})

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        content = json.dumps({**self._who, **body}).encode()
        request = urllib.request.Request(self._url + path, content, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)


def read_forms(path: Path, split: str, count: int | None) -> Forms:
    """Read labeled images of a split, so many of them at random."""
    with zipfile.ZipFile(path) as archive:
        rows = csv.DictReader(io.StringIO(archive.read(LABELS.format(split=split)).decode()))
        labels = {row["FILENAME"]: row["IDENTITY"] for row in rows if row["IDENTITY"] not in MARKERS}
        names = sorted(labels)
        names = names if count is None else random.Random(0).sample(names, count)
        images = {name: archive.read(IMAGES.format(split=split, name=name)) for name in names}
    return Forms(images, {name: labels[name] for name in names})


def write_forms(folder: Path, forms: Forms, *, labeled: bool) -> None:
    """Write images, and their labels if they are wanted, all in the test split."""
    folder.mkdir(parents=True)
    for name, content in forms.images.items():
        (folder / name).write_bytes(content)
    if labeled:
        with (folder / "labels.csv").open("w", newline="") as out:
            csv.writer(out).writerows(
                [("filename", "label", "split"), *((*row, "test") for row in forms.labels.items())]
            )


@contextmanager
def open_desk(review: Path) -> Iterator[str]:
    """A desk, and its address."""
    command = [*INKPIPE, "review", str(review), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as desk:
        try:
            yield next(match[1] for line in desk.stdout or () if (match := re.match(r"(http://\S+) ", line)))
        finally:
            desk.terminate()


INKPIPE = (sys.executable, "-m", "inkpipe")


def check(review: Path, truth: Mapping[str, str], images: Mapping[str, int]) -> Any:
    """Let two persons check images in each queue; how far the review is then."""
    with open_desk(review) as url:
        people = [
            Person(url, name, truth, queue, count // 2) for queue, count in images.items() for name in ("Anna", "Ben")
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        with urllib.request.urlopen(f"{url}/overview?threshold=0.95") as response:
            return json.load(response)


def inkpipe(*arguments: str) -> str:
    """The output of a command."""
    return subprocess.run([*INKPIPE, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def training_command(corpus: Path) -> list[str]:
    """The command of the README that trains on corrections.

    Args:
        corpus: of the corrections.
    """
    written = README.read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = [each for each in written.splitlines() if each.startswith(START)]
    name = "data.folder.path="
    return [f"{name}{corpus.resolve()}" if word.startswith(name) else word for word in shlex.split(line)]


def main() -> None:
    """Run all of it, and print what it is worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, required=True, help="in the layout of the public names data set")
    parser.add_argument("--work", type=Path, required=True, help="a folder to replace")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--uncertain", type=int, default=140, help="to check, least certain first")
    parser.add_argument("--random", type=int, default=60, help="to check, drawn at random")
    parser.add_argument("-S", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the training")
    chosen = parser.parse_args()
    shutil.rmtree(chosen.work, ignore_errors=True)
    forms, judged = read_forms(chosen.zip, "train", chosen.images), read_forms(chosen.zip, "validation", None)
    review, corpus = chosen.work / "forms.review.sqlite", chosen.work / "corrections"
    write_forms(chosen.work / "forms", forms, labeled=False)
    write_forms(chosen.work / "judged", judged, labeled=True)
    started = time.perf_counter()
    inkpipe("review", str(chosen.work / "forms"), "--store", str(review), "--prepare")
    print(f"{chosen.images:,} images recognized in {time.perf_counter() - started:.0f} s", flush=True)
    state = check(review, forms.labels, {"confidence": chosen.uncertain, "random": chosen.random})
    print(f"checked: {state['decided']}; at confidence 0.95 or more: {state['error_rate']}", flush=True)
    print(inkpipe("corrections", str(review), "--out", str(corpus), "--table", str(chosen.work / "table.csv")))
    with (chosen.work / "table.csv").open(newline="") as rows:
        seen = {row["name"] for row in csv.DictReader(rows)}
    rest = [name for name in forms.labels if name not in seen]
    write_forms(chosen.work / "rest", Forms(*({n: each[n] for n in rest} for each in forms)), labeled=True)
    before = json.loads(inkpipe("champion", "--json"))["version"]
    command = [*training_command(corpus), *(word for each in chosen.S for word in ("-S", each))]
    print(shlex.join(command), flush=True)
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=sys.stderr)
    print(f"retrained in {time.perf_counter() - started:.0f} s", flush=True)
    after = max(version["version"] for version in json.loads(inkpipe("registry", "list", "--json")))
    for name in ("rest", "judged"):
        print(inkpipe("registry", "compare", str(before), str(after), "--data", str(chosen.work / name)), flush=True)


if __name__ == "__main__":
    main()
