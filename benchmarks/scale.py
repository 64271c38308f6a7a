"""The data path at the full public data set's size: seconds, memory, and throughput beside bare OpenCV.

    python benchmarks/scale.py --zip FORMS.zip [--sizes 40000 413823] [--folder DIR]

For each size a .zip in the Kaggle layout is made of the labelled images of FORMS.zip, or of drawn ones. An image is
used again rolled sideways by a few pixels and saved anew, so that no two rows share bytes or fingerprint; images of
one label stay in one split, so that no split leaks into another. The real stage scripts then run on it, one after the
other, in a project of their own. Memory is the sum of the proportional set sizes of all a stage's processes.

The named references read the same row groups from the same corpus with as many worker processes, start of the pool
included on both sides, and take turns with what they are compared to, the best round of each counts:

- for `validate`'s image pass (`measure_images`), a bare `cv2.imdecode` to grey;
- for `preprocess` (`write_records`), the same and a `cv2.resize` to the prepared size; once without the search for the
  line of interest (`crop: none`, as the paper's preset has it) and once with it (`crop: line`, the default).
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
import yaml

from inkpipe.contract.images import measure_images
from inkpipe.corpus import SPLITS, Sample, split_path
from inkpipe.imaging import decode
from inkpipe.params import load_params
from inkpipe.sources.folder import FolderSource
from inkpipe.workers import LOCAL, map_in_order

ROOT = Path(__file__).parents[1]
STAGES = ("download", "validate", "vocabulary", "preprocess")
PUBLIC = {"train": 331_059, "validation": 41_382, "test": 41_382}  # the public data set's rows by split
SAMPLES_A_SECOND = 20
CROPS = ("none", "line")
MIB = 1 << 20


class Cost(NamedTuple):
    """What a stage took: wall seconds, and the largest memory of all its processes together, in MiB."""

    seconds: float
    memory: float


class Speeds(NamedTuple):
    """Images a second of what inkpipe does, and of the reference on the same bytes."""

    inkpipe: float
    bare: float


class Group(NamedTuple):
    """A row group of the corpus, and the size (width, height) that the reference gives its images, null to leave it."""

    path: Path
    number: int
    size: tuple[int, int] | None


def main() -> None:
    """Build, run, measure and print the tables."""
    options = _options()
    images = list(labelled_images(options.zip, options.drawn))
    costs: dict[int, dict[str, Cost]] = {}
    speeds: dict[int, dict[str, Speeds]] = {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder, prefix="inkpipe-scale-") as folder:
            project = Path(folder)
            set_up(project, images, size)
            costs[size] = {stage: run_stage(project, stage) for stage in STAGES}
            speeds[size] = dict(throughputs(project, size, options.rounds))
    print(cost_table(costs))
    print()
    print(speed_table(speeds))


def labelled_images(archive: Path | None, drawn: int) -> Iterator[Sample]:
    """The images that the archives are made of, with a label each."""
    if archive:
        source = FolderSource(archive)
        found = (sample for split in SPLITS if source.count(split) for sample in source.samples(split))
    else:
        from inkpipe.sources.synthetic import SyntheticSource

        params = load_params(ROOT / "params.yaml")
        found = SyntheticSource(params.data.synthetic.model_copy(update={"train": drawn}), params.seed).samples("train")
    return (sample for sample in found if sample.label)


def set_up(project: Path, images: Sequence[Sample], size: int) -> None:
    """Make an archive of `size` rows, and a project whose params name it."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"]["source"] = "folder"
    params["data"]["folder"]["path"] = str(project / "names.zip")
    (project / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    shutil.copy(ROOT / "dvc.yaml", project)  # by which the stages know the project's root
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
                raise SystemExit(f"{len(images)} labelled images leave none for the {split} split. Give more.")
            for number in range(count):
                name, sample = f"{split.upper()}_{number:06}.jpg", own[number % len(own)]
                table.writerow([name, sample.label])
                archive.writestr(f"{split}_v2/{split}/{name}", variant(sample.image, number // len(own)))
            archive.writestr(f"written_name_{split}_v2.csv", labels.getvalue())


def variant(image: bytes, number: int) -> bytes:
    """The image itself, or rolled sideways: a shift of a few pixels changes most bits of a fingerprint."""
    if not number:
        return image
    rolled = np.roll(decode(image), 7 * number, axis=1)
    return cv2.imencode(".jpg", rolled)[1].tobytes()


def _split_of(label: str) -> str:
    """By hash of the label, in the public data set's proportions."""
    place = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8]) / 2**64 * sum(PUBLIC.values())
    return "test" if place < PUBLIC["test"] else "train" if place >= PUBLIC["test"] * 2 else "validation"


def run_stage(project: Path, stage: str) -> Cost:
    """Run a stage's script in the project, watching the memory of its processes."""
    environment = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    command = [sys.executable, str(ROOT / "stages" / f"{stage}.py")]
    started, most = time.monotonic(), 0
    # A session of its own, by which its worker processes are known.
    with subprocess.Popen(command, cwd=project, env=environment, start_new_session=True) as process:
        while process.poll() is None:
            most = max(most, _session_bytes(process.pid))
            time.sleep(1 / SAMPLES_A_SECOND)
    seconds = time.monotonic() - started
    if process.returncode:
        raise SystemExit(f"Stage {stage} ended with code {process.returncode}; its message stands above.")
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
            continue  # it ended meanwhile, or it is another user's
    return total


def throughputs(project: Path, size: int, rounds: int) -> Iterator[tuple[str, Speeds]]:
    """Images a second of inkpipe's work and of its reference, in this process, on the corpus that the stages left."""
    from inkpipe.records import write_records  # late: the workers, which import this script anew, need no TensorFlow
    from inkpipe.vocabulary import Vocabulary

    raw, manifest = project / "data/raw", project / "data/validated/manifest.parquet"
    params = load_params(project / "params.yaml")
    vocabulary = Vocabulary.load(project / "data/vocabulary.json")
    target = (int(params.preprocess.width), int(params.preprocess.height))
    yield (
        "image pass of validate / bare imdecode",
        _compare(lambda: measure_images(raw, LOCAL), lambda: bare_pass(raw, None), size, rounds),
    )
    for crop in CROPS:
        cropping = params.model_copy(update={"preprocess": params.preprocess.model_copy(update={"crop": crop})})
        write = partial(write_records, cropping, raw, manifest, vocabulary, project / "data/records")
        yield (
            f"preprocess, crop: {crop} / bare imdecode and resize",
            _compare(write, lambda: bare_pass(raw, target), size, rounds),
        )


def _compare(ours: Callable[[], object], bare: Callable[[], object], images: int, rounds: int) -> Speeds:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for found, work in zip(times, (bare, ours), strict=True):
            started = time.monotonic()
            work()
            found.append(time.monotonic() - started)
    return Speeds(images / min(times[1]), images / min(times[0]))


def bare_pass(raw: Path, size: tuple[int, int] | None) -> int:
    """Decode, and perhaps size, every image of the corpus with OpenCV alone; how many there were."""
    return sum(map_in_order(LOCAL, bare_group, _groups(raw, size)))


def bare_group(group: Group) -> int:
    """The reference's work on one row group."""
    cv2.setNumThreads(1)
    column = pq.ParquetFile(group.path).read_row_group(group.number, columns=["image"], use_threads=False)["image"]
    for data in column.to_pylist():
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if group.size:
            cv2.resize(image, group.size, interpolation=cv2.INTER_AREA)
    return len(column)


def _groups(raw: Path, size: tuple[int, int] | None) -> Iterable[Group]:
    for split in SPLITS:
        path = split_path(raw, split)
        yield from (Group(path, number, size) for number in range(pq.ParquetFile(path).num_row_groups))


def cost_table(costs: dict[int, dict[str, Cost]]) -> str:
    """Seconds, images a second and memory of each stage at each size, and how the largest compares to the smallest."""
    small, large = min(costs), max(costs)
    titles = [f"{unit} at {size:,}" for unit in ("s", "images/s", "peak MiB") for size in costs]
    lines = ["| stage | " + " | ".join(titles) + " | time an image, ratio | memory, ratio |"]
    lines.append("| --- |" + " ---: |" * (len(titles) + 2))
    for stage in STAGES:
        found = {size: costs[size][stage] for size in costs}
        cells = [f"{cost.seconds:.1f}" for cost in found.values()]
        cells += [f"{size / cost.seconds:,.0f}" for size, cost in found.items()]
        cells += [f"{cost.memory:,.0f}" for cost in found.values()]
        cells.append(f"{found[large].seconds / large / (found[small].seconds / small):.2f}")
        cells.append(f"{found[large].memory / found[small].memory:.2f}")
        lines.append(f"| {stage} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def speed_table(speeds: dict[int, dict[str, Speeds]]) -> str:
    """Throughput of inkpipe's work over its reference's, at each size."""
    lines = ["| work / reference | rows | images/s | reference, images/s | ratio |", "| --- |" + " ---: |" * 4]
    for size, found in speeds.items():
        for name, speed in found.items():
            ratio = speed.inkpipe / speed.bare
            lines.append(f"| {name} | {size:,} | {speed.inkpipe:,.0f} | {speed.bare:,.0f} | {ratio:.3f} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zip", type=Path, help="labelled images to repeat; drawn ones if not given")
    parser.add_argument("--drawn", type=int, default=10_000, help="how many are drawn without --zip")
    parser.add_argument("--sizes", type=int, nargs="+", default=[40_000, sum(PUBLIC.values())], help="rows")
    parser.add_argument("--rounds", type=int, default=2, help="of each throughput; the best one counts")
    parser.add_argument("--folder", type=Path, help="where the projects are made, and deleted (full size: about 5 GB)")
    return parser.parse_args()


def _mib(path: Path) -> float:
    return path.stat().st_size / MIB


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
