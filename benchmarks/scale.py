"""The data path at the size of the full public data set: seconds, memory, and throughput against plain OpenCV.

    python benchmarks/scale.py --zip FORMS.zip [--sizes 40000 413823] [--folder DIR]
    python benchmarks/scale.py --lines --sizes 5000 20000 [--folder DIR]

For each size, a .zip in the Kaggle layout is made from the labeled images of FORMS.zip, or from synthetic ones. An
image is repeated with a shift by a few pixels and encoded anew, so that no two rows share their bytes or fingerprint.
All images of one label are in one split, so that no split leaks into another. With `--lines` the images are lines of
running text, 2,000 x 120 pixels in mixed case, which are composed of the images and prepared by the preset `line`. The
stage scripts then run one after the other in a project of their own. Memory is the sum of the proportional set sizes of
all processes of a stage.

The throughputs compare two parts of inkpipe with a reference. Both read the same row groups of the same corpus, with
the same number of worker processes, and the start of the pool counts on both sides. They take turns, and the best
round of each counts. The references are:

- for the image pass of `validate` (`measure_images`): `cv2.imdecode` to gray alone;
- for `preprocess`: `cv2.imdecode`, and `cv2.resize` to the prepared size. It is compared once without the search for
  the text line (`crop: none`, as in the preset `paper`) and once with it (`crop: line`, the default).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
import pyarrow.parquet as pq

from inkpipe.contract.measurements import measure_images
from inkpipe.data.corpus import SPLITS, Corpus, Sample
from inkpipe.data.manifest import Manifest
from inkpipe.imaging import decode
from inkpipe.parallel.pool import LOCAL, map_in_order
from inkpipe.params import load_params
from inkpipe.params.load import dump_yaml, read_content
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.synthetic import SyntheticSource

ROOT = Path(__file__).parents[1]
STAGES = ("download", "validate", "vocabulary", "preprocess")
PUBLIC = {"train": 331_059, "validation": 41_382, "test": 41_382}  # rows of the public data set, by split
SAMPLES_A_SECOND = 20  # of the memory of a stage
CROPS = ("none", "line")  # without and with the search for the text line
LINE_SIZE = (2000, 120)  # width and height of `--lines`, pixels
MIB = 1 << 20  # bytes


class Cost(NamedTuple):
    """The cost of a stage.

    Attributes:
        seconds: by the wall.
        memory: MiB, the largest sum over all its processes.
    """

    seconds: float
    memory: float


class Speeds(NamedTuple):
    """Images a second of inkpipe, and of the reference on the same bytes."""

    inkpipe: float
    reference: float


class Group(NamedTuple):
    """A task of the reference.

    Attributes:
        path: of a file of the corpus.
        number: of a row group in it.
        size: width and height to which the images are resized; None to keep theirs.
    """

    path: Path
    number: int
    size: tuple[int, int] | None


def main() -> None:
    """Build, run, measure and print the tables."""
    options = _options()
    images = list(labeled_images(options.zip, options.synthetic))
    preset = "line" if options.lines else "crnn"
    if options.lines:
        images = [composed_line(images, number) for number in range(len(images) // 5)]
    costs: dict[int, dict[str, Cost]] = {}
    speeds: dict[int, dict[str, Speeds]] = {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder, prefix="inkpipe-scale-") as folder:
            project = Path(folder)
            set_up(project, images, size, preset)
            costs[size] = {stage: run_stage(project, stage) for stage in STAGES}
            if options.rounds:
                speeds[size] = dict(throughputs(project, size, options.rounds))
    print(cost_table(costs))
    if speeds:
        print(f"\n{speed_table(speeds)}")


def labeled_images(archive: Path | None, count: int) -> Iterator[Sample]:
    """The labeled images from which the archives are made: those of an archive, or `count` synthetic ones."""
    if archive:
        source = FolderSource(archive)
        samples = (sample for split in SPLITS if source.count(split) for sample in source.samples(split))
    else:
        params = load_params(ROOT / "params.yaml")
        synthetic = params.synthetic.model_copy(update={"train": count})
        samples = SyntheticSource(synthetic, params.seed).samples("train")
    return (sample for sample in samples if sample.label)


def composed_line(names: Sequence[Sample], number: int) -> Sample:
    """A line of names beside each other, of `LINE_SIZE`."""
    width, height = LINE_SIZE
    line, left, words = np.full((height, width), 255, np.uint8), 0, []
    for name in (names[(5 * number + further) % len(names)] for further in range(20)):
        image = decode(name.image)
        word = cv2.resize(image, (image.shape[1] * height // image.shape[0], height), interpolation=cv2.INTER_AREA)
        if left + word.shape[1] > width:
            continue
        line[:, left : left + word.shape[1]] = word
        left += word.shape[1]
        words.append((name.label or "").title())
    return Sample(f"{number}.jpg", " ".join(words), cv2.imencode(".jpg", line)[1].tobytes())


def set_up(project: Path, images: Sequence[Sample], size: int, preset: str) -> None:
    """Make an archive of `size` rows, and a project whose params name it."""
    params = read_content(ROOT / "params.yaml")
    params["model"]["preset"] = preset
    params["data"]["source"] = "folder"
    params["data"]["folder"]["path"] = str(project / "names.zip")
    (project / "params.yaml").write_text(dump_yaml(params))
    shutil.copy(ROOT / "dvc.yaml", project)  # marks the project's root
    test, validation = (size * PUBLIC[split] // sum(PUBLIC.values()) for split in ("test", "validation"))
    rows = {"train": size - validation - test, "validation": validation, "test": test}
    started = time.monotonic()
    write_archive(project / "names.zip", images, rows)
    _say(f"{size:,} rows: an archive of {_mib(project / 'names.zip'):,.0f} MiB in {time.monotonic() - started:.0f} s")


def write_archive(path: Path, images: Sequence[Sample], rows: dict[str, int]) -> None:
    """Write a .zip in the Kaggle layout, entry by entry, uncompressed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for split, count in rows.items():
            labels = io.StringIO(newline="")
            table = csv.writer(labels)
            table.writerow(["FILENAME", "IDENTITY"])
            own = [image for image in images if _split_of(image.label or "") == split]
            if not own:
                raise SystemExit(f"{len(images)} labeled images leave none for the {split} split. Give more.")
            for number in range(count):
                name, sample = f"{split.upper()}_{number:06}.jpg", own[number % len(own)]
                table.writerow([name, sample.label])
                archive.writestr(f"{split}_v2/{split}/{name}", variant(sample.image, number // len(own)))
            archive.writestr(f"written_name_{split}_v2.csv", labels.getvalue())


def variant(image: bytes, number: int) -> bytes:
    """The image itself as number 0, else shifted sideways: a few pixels change most bits of a fingerprint."""
    if not number:
        return image
    shifted = np.roll(decode(image), 7 * number, axis=1)
    return cv2.imencode(".jpg", shifted)[1].tobytes()


def _split_of(label: str) -> str:
    """The split of a label by its hash, in the proportions of the public data set."""
    place = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8]) / 2**64 * sum(PUBLIC.values())
    return "test" if place < PUBLIC["test"] else "train" if place >= PUBLIC["test"] * 2 else "validation"


def run_stage(project: Path, stage: str) -> Cost:
    """Run the script of a stage in the project, and watch the memory of its processes."""
    environment = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    command = [sys.executable, str(ROOT / "stages" / f"{stage}.py")]
    started, most = time.monotonic(), 0
    # Its session tells its worker processes from others.
    with subprocess.Popen(command, cwd=project, env=environment, start_new_session=True) as process:
        while process.poll() is None:
            most = max(most, _session_bytes(process.pid))
            time.sleep(1 / SAMPLES_A_SECOND)
    seconds = time.monotonic() - started
    if process.returncode:
        raise SystemExit(f"Stage {stage} ended with code {process.returncode}; its message stands above.")
    _say(f"{stage}: {seconds:.1f} s, {most / MIB:,.0f} MiB")  # a long run that is stopped has measured this much
    return Cost(seconds, most / MIB)


def _session_bytes(session: int) -> int:
    """The sum of the proportional set sizes of a session's processes: a page that several share counts once."""
    total = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                lines = (entry / "smaps_rollup").read_text().splitlines()
                total += next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        except (ProcessLookupError, FileNotFoundError, PermissionError):
            continue  # it has ended, or belongs to another user
    return total


def throughputs(project: Path, size: int, rounds: int) -> Iterator[tuple[str, Speeds]]:
    """Images a second of inkpipe and of the reference, in this process, on the corpus that the stages wrote."""
    from inkpipe.data.vocabulary import Vocabulary

    # Late, because each worker process imports this script anew and has no use for TensorFlow.
    from inkpipe.dataset.preprocess import preprocess

    corpus, manifest = Corpus(project / "data/raw"), Manifest(project / "data/validated/manifest.parquet")
    params = load_params(project / "params.yaml")
    vocabulary = Vocabulary.load(project / "data/vocabulary.json")
    target = (int(params.preprocess.width), int(params.preprocess.height))
    yield (
        "image pass of validate / imdecode",
        _compare(lambda: measure_images(corpus, LOCAL), lambda: run_reference(corpus, None), size, rounds),
    )
    for crop in CROPS:
        cropping = params.preprocess.model_copy(update={"crop": crop})
        write = partial(preprocess, project / "data/records", corpus, manifest, vocabulary, cropping)
        yield (
            f"preprocess, crop: {crop} / imdecode and resize",
            _compare(
                partial(write, frames=params.frames, workers=LOCAL),
                lambda: run_reference(corpus, target),
                size,
                rounds,
            ),
        )


def _compare(ours: Callable[[], object], reference: Callable[[], object], images: int, rounds: int) -> Speeds:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for seconds, work in zip(times, (reference, ours), strict=True):
            started = time.monotonic()
            work()
            seconds.append(time.monotonic() - started)
    return Speeds(images / min(times[1]), images / min(times[0]))


def run_reference(corpus: Corpus, size: tuple[int, int] | None) -> int:
    """Decode, and perhaps resize, every image of the corpus with OpenCV alone.

    Args:
        corpus: the images.
        size: width and height; None to keep theirs.

    Returns:
        The number of images.
    """
    return sum(map_in_order(LOCAL, process_group, _groups(corpus, size)))


def process_group(group: Group) -> int:
    """The reference's work on one row group; the number of its images."""
    cv2.setNumThreads(1)
    column = pq.ParquetFile(group.path).read_row_group(group.number, columns=["image"], use_threads=False)["image"]
    for data in column.to_pylist():
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if group.size:
            cv2.resize(image, group.size, interpolation=cv2.INTER_AREA)
    return len(column)


def _groups(corpus: Corpus, size: tuple[int, int] | None) -> Iterable[Group]:
    for split in SPLITS:
        groups = corpus.parquet(split).num_row_groups
        yield from (Group(corpus.path(split), number, size) for number in range(groups))


def cost_table(costs: dict[int, dict[str, Cost]]) -> str:
    """Seconds, images a second and memory of each stage at each size, and the ratio of the largest to the smallest."""
    small, large = min(costs), max(costs)
    titles = [f"{unit} at {size:,}" for unit in ("s", "images/s", "peak MiB") for size in costs]
    lines = ["| stage | " + " | ".join(titles) + " | time an image, ratio | memory, ratio |"]
    lines.append("| --- |" + " ---: |" * (len(titles) + 2))
    for stage in STAGES:
        by_size = {size: costs[size][stage] for size in costs}
        cells = [f"{cost.seconds:.1f}" for cost in by_size.values()]
        cells += [f"{size / cost.seconds:,.0f}" for size, cost in by_size.items()]
        cells += [f"{cost.memory:,.0f}" for cost in by_size.values()]
        cells.append(f"{by_size[large].seconds / large / (by_size[small].seconds / small):.2f}")
        cells.append(f"{by_size[large].memory / by_size[small].memory:.2f}")
        lines.append(f"| {stage} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def speed_table(speeds: dict[int, dict[str, Speeds]]) -> str:
    """Images a second of inkpipe and of the reference at each size, and their ratio."""
    lines = ["| work / reference | rows | images/s | reference, images/s | ratio |", "| --- |" + " ---: |" * 4]
    for size, comparisons in speeds.items():
        for name, speed in comparisons.items():
            ratio = speed.inkpipe / speed.reference
            lines.append(f"| {name} | {size:,} | {speed.inkpipe:,.0f} | {speed.reference:,.0f} | {ratio:.3f} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, help="labeled images to repeat; synthetic ones if not given")
    parser.add_argument("--synthetic", type=int, default=10_000, help="number of synthetic images without --zip")
    parser.add_argument("--lines", action="store_true", help="compose lines of 2,000 x 120 pixels of the images")
    parser.add_argument("--sizes", type=int, nargs="+", default=[40_000, sum(PUBLIC.values())], help="numbers of rows")
    parser.add_argument("--rounds", type=int, default=2, help="of each comparison; the best one counts; 0: none")
    parser.add_argument("--folder", type=Path, help="for the projects, which are deleted (full size: about 5 GB)")
    return parser.parse_args()


def _mib(path: Path) -> float:
    return path.stat().st_size / MIB


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
