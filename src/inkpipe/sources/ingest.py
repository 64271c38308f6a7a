"""From any source to the corpus: the one path by which labelled images come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inkpipe.corpus import SPLITS, split_path, write_split
from inkpipe.errors import InkpipeError
from inkpipe.files import project_path, sha256_file, whole_directory, write_json
from inkpipe.params import Params
from inkpipe.progress import track
from inkpipe.sources.base import Source


def open_source(params: Params) -> Source:
    """The source that `data.source` names, ready to stream; relative paths count from the project's root.

    Raises:
        InkpipeError: the source has no data, or data that cannot be used.
    """
    folder = params.data.folder
    if params.data.source == "synthetic":
        from inkpipe.sources.synthetic import (
            SyntheticSource,
        )  # draws with heavy packages that other sources spare

        return SyntheticSource(params.data.synthetic, params.seed)
    if params.data.source == "kaggle":
        from inkpipe.sources.kaggle import KaggleSource

        return KaggleSource(params.data.kaggle, folder, project_path(params.data.kaggle.cache))
    from inkpipe.sources.folder import FolderSource

    if not folder.path:
        raise InkpipeError("data.source is folder but data.folder.path is empty. Set it to a directory or a .zip.")
    return FolderSource(
        project_path(folder.path),
        validation_share=folder.validation_share,
        test_share=folder.test_share,
        tolerated_orphans=folder.tolerated_orphans,
    )


def download(params: Params, target: Path) -> str:
    """Stream the chosen source into `{split}.parquet` files and `source.json` in `target`, which appears whole or not.

    `source.json` holds what the source says of itself and each split's rows and SHA-256: no path, time or host.
    Labels and images are taken as they are; the contract judges them.

    Returns:
        One line that sums up what came in.

    Raises:
        InkpipeError: see `open_source`; there is no training image; the output cannot be written.
    """
    source = open_source(params)
    if not source.count("train"):
        raise InkpipeError(
            "The source has no image with a label row to train on. "
            f"Received: {', '.join(f'{source.count(split)} {split}' for split in SPLITS)} of data.source "
            f"{params.data.source}. Give it a train split."
        )
    described = source.describe()
    with whole_directory(target) as folder:
        splits = {split: _write(source, folder, split) for split in SPLITS}
        write_json(folder / "source.json", {**described, "splits": splits})
    rows = ", ".join(f"{split} {found['rows']:,}" for split, found in splits.items())
    aside = sum(found["count"] for found in described.get("set_aside", {}).values())
    return f"{params.data.source}: {rows} images" + (f"; {aside:,} set aside, see source.json" if aside else "")


def _write(source: Source, folder: Path, split: str) -> dict[str, Any]:
    total = source.count(split)
    samples = source.samples(split) if total else iter(())
    rows = write_split(folder, split, track(samples, total, split))
    return {"rows": rows, "sha256": sha256_file(split_path(folder, split))}
