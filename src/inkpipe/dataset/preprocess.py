"""From a corpus to records: prepare every accepted image and write the shards."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from inkpipe.data.corpus import SPLITS, Corpus
from inkpipe.data.manifest import AcceptedRows, Manifest
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.prepare import prepare_images
from inkpipe.dataset.records import Records, write_records
from inkpipe.dataset.text_fits import FitCounts
from inkpipe.errors import InkpipeError
from inkpipe.imaging import prepared_shape
from inkpipe.params.preprocess import PreprocessParams


class Preprocessed(NamedTuple):
    """The result of `preprocess`.

    Attributes:
        records: the prepared images.
        fits: how many images have a text that does not fit well.
    """

    records: Records
    fits: FitCounts


def preprocess(
    folder: Path,
    corpus: Corpus,
    manifest: Manifest,
    vocabulary: Vocabulary,
    params: PreprocessParams,
    *,
    frames: int,
    workers: str,
) -> Preprocessed:
    """Prepare every accepted image of a corpus and write records.

    The bytes depend on the corpus, the manifest, the vocabulary and the parameters, not on the number of workers.

    Args:
        folder: of the records, to be replaced as a whole: they are too large for memory.
        corpus: the images.
        manifest: which of them are accepted, and their labels.
        vocabulary: the class ids of the labels.
        params: the `preprocess` section.
        frames: of the model's output for these images.
        workers: `local` or `dask://host:port`, see `inkpipe.parallel.pool.map_in_order`.

    Raises:
        InkpipeError: an input is absent, or no row of a split is accepted.
    """
    accepted = {split: _accepted(manifest, split) for split in SPLITS}
    rows = [(split, part.rows) for split, parts in accepted.items() for part in parts]
    texts = {split: [text for part in parts for text in part.texts] for split, parts in accepted.items()}
    fits, labels = FitCounts(), (text for each in texts.values() for text in each)
    prepared = prepare_images(corpus, rows, params, workers)
    images = fits.counted(prepared, labels, width=params.width, frames=frames)
    records = write_records(
        folder,
        ((each.filename, each.image) for each in images),
        texts,
        vocabulary,
        shape=prepared_shape(params),
        frames=frames,
        images_per_shard=params.images_per_shard,
        synthetic={split: len(synthetic.rows) for split, (_, synthetic) in accepted.items()},
    )
    return Preprocessed(records, fits)


def _accepted(manifest: Manifest, split: str) -> tuple[AcceptedRows, AcceptedRows]:
    """The accepted rows of a split, the synthetic ones apart where it has both."""
    accepted = manifest.accepted(split, synthetic=False), manifest.accepted(split, synthetic=True)
    if not any(part.rows for part in accepted):
        raise InkpipeError(
            f"No row of the {split} split was accepted, so there is nothing to prepare. See {manifest.path}."
        )
    return accepted
