"""preprocess: clean and size every accepted image, write TFRecord shards."""

from pathlib import Path

from inkpipe.data.corpus import SPLITS, Corpus
from inkpipe.data.manifest import Manifest
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.params import load_params
from inkpipe.progress import say
from inkpipe.stage import run_stage

CORPUS = Path("data/raw")
MANIFEST = Path("data/validated/manifest.parquet")
VOCABULARY = Path("data/vocabulary.json")
RECORDS = Path("data/records")


def main() -> str:
    """Prepare the images by the parameters of `preprocess`."""
    # Late, because each worker process imports this script anew and has no use for TensorFlow.
    from inkpipe.dataset.preprocess import preprocess

    params = load_params()
    records, fits = preprocess(
        RECORDS,
        Corpus(CORPUS),
        Manifest(MANIFEST),
        Vocabulary.load(VOCABULARY),
        params.preprocess,
        frames=params.frames,
        workers=params.runtime.workers,
    )
    for line in fits.lines():
        say(line)
    return "prepared " + ", ".join(f"{split} {records.count(split):,}" for split in SPLITS) + " images"


if __name__ == "__main__":
    run_stage("preprocess", "cleaning and sizing images into TFRecord shards", main)
