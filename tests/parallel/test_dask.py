"""`workers: dask://host:port` on a real cluster: a scheduler and two worker processes on loopback."""

import os
import re

import numpy as np
import pyarrow as pa
import pytest

from inkpipe import __version__
from inkpipe.contract.measurements import measure_images
from inkpipe.data.corpus import ROWS_PER_GROUP, Corpus, Sample, write_split
from inkpipe.data.manifest import ACCEPTED, MANIFEST, QUARANTINED, Manifest, write_manifest
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.prepare import RowBatch, prepare_batch
from inkpipe.dataset.preprocess import preprocess
from inkpipe.errors import InkpipeError
from inkpipe.parallel import dask as cluster
from inkpipe.parallel.pool import LOCAL, map_in_order
from inkpipe.sources.synthetic import CHUNK, Chunk, SyntheticSource, generate_chunk

NAMES = ("ANNA", "BOB", "CLARA", "DAN", "EVE", "FAY", "GIL")
COUNTS = {"train": ROWS_PER_GROUP + 40, "validation": 9, "test": 5}  # several tasks of either kind


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two worker processes, as `runtime.workers` takes it."""
    from distributed import LocalCluster

    quiet = {"dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", **quiet) as running:
        yield running.scheduler_address.replace("tcp://", "dask://")


@pytest.fixture
def raw(tmp_path, draw, jpeg):
    """A corpus with one image that does not decode, which is quarantined, and its manifest."""
    images = {name: jpeg(draw(name, 36, 284)) for name in NAMES}
    rows = []
    for split, count in COUNTS.items():
        samples = [Sample(f"{i}.jpg", NAMES[i % 7], images[NAMES[i % 7]]) for i in range(count)]
        facts = {"split": split, "verdict": ACCEPTED, "width": 284, "height": 36, "digest": "", "reasons": []}
        rows += [{**facts, "filename": sample.filename, "label": sample.label} for sample in samples]
        write_split(tmp_path, split, [*samples, Sample("faulty.jpg", "X", b"no image")])
        rows.append({**facts, "verdict": QUARANTINED, "filename": "faulty.jpg", "label": "X"})
    write_manifest(tmp_path / "manifest.parquet", [pa.Table.from_pylist(rows, schema=MANIFEST)])
    return tmp_path


def test_two_processes_do_the_work(scheduler):
    from distributed import Client

    with Client(scheduler.replace("dask://", "tcp://")) as client:
        assert len(set(client.run(os.getpid).values())) == 2


def test_records_are_the_same_bytes_as_those_of_local_workers(scheduler, raw, make_params):
    corpus, manifest = Corpus(raw), Manifest(raw / "manifest.parquet")
    vocabulary, params = Vocabulary(tuple("ABCDEFGILNORVXY")), make_params(preprocess__images_per_shard=400)
    contents = []
    for name, workers in (("here", LOCAL), ("there", scheduler)):
        records, _ = preprocess(
            raw / name, corpus, manifest, vocabulary, params.preprocess, frames=params.frames, workers=workers
        )
        assert [records.count(split) for split in ("train", "validation", "test")] == [1064, 9, 5]
        contents.append({path.name: path.read_bytes() for path in (raw / name).iterdir()})
    assert contents[0] == contents[1]
    assert len(contents[0]) == 3 + 1 + 1 + 1  # shards of train, validation and test, and the index


def test_measurements_of_images_are_those_of_local_workers(scheduler, raw):
    here, there = (measure_images(Corpus(raw), workers) for workers in (LOCAL, scheduler))
    for name, column, other in zip(here._fields, here, there, strict=True):
        if name == "faults":
            assert column == other
            assert list(column) == [1064, 1064 + 1 + 9, 1064 + 1 + 9 + 1 + 5]
        else:
            assert column.dtype == other.dtype
            assert np.array_equal(column, other), name


def test_a_fault_in_a_worker_is_the_same_message(scheduler, tmp_path, make_params):
    tasks = [RowBatch(Corpus(tmp_path / "nowhere"), "train", [0], make_params().preprocess)]
    with pytest.raises(InkpipeError, match=r"No train split of the corpus at .*nowhere"):
        list(map_in_order(scheduler, prepare_batch, tasks))


def test_equal_tasks_are_run_each(scheduler):
    assert len(set(map_in_order(scheduler, os.urandom, [8, 8, 8]))) == 3


def test_no_scheduler_is_one_clear_message(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(
        InkpipeError, match=r"No Dask scheduler answers at dask://127.0.0.1:9 within 1 s. .*runtime.workers to local"
    ):
        list(map_in_order("dask://127.0.0.1:9", abs, [1]))


def test_a_cluster_without_workers_is_one_clear_message(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as idle:
        address = idle.scheduler_address.replace("tcp://", "dask://")
        with pytest.raises(InkpipeError, match=f"The Dask cluster at {address} has no workers"):
            list(map_in_order(address, abs, [1]))


def test_a_cluster_with_another_version_is_refused(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "__version__", "9.9")
    version = re.escape(__version__)
    message = rf"does not have inkpipe 9\.9\. Received: tcp://.*the scheduler \({version}\)"
    with pytest.raises(InkpipeError, match=message):
        list(map_in_order(scheduler, abs, [1]))


def test_synthetic_images_are_the_same_bytes_as_those_of_local_workers(scheduler, make_params):
    params = make_params(synthetic__train=CHUNK + 5).synthetic
    there = list(SyntheticSource(params, 9, scheduler).samples("train"))
    assert there == generate_chunk(Chunk(params, 9, "train", range(CHUNK + 5)))
