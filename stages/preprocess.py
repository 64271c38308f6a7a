"""preprocess: clean and size every accepted image, write TFRecord shards."""

from pathlib import Path

from inkpipe.params import load_params
from inkpipe.stage import run_stage
from inkpipe.vocabulary import Vocabulary

RAW = Path("data/raw")
MANIFEST = Path("data/validated/manifest.parquet")
VOCABULARY = Path("data/vocabulary.json")
RECORDS = Path("data/records")


def main() -> str:
    """Prepare the images by the parameters of `preprocess`."""
    # Late, because each worker process imports this script anew and has no use for TensorFlow.
    from inkpipe.records import write_records

    return write_records(load_params(), RAW, MANIFEST, Vocabulary.load(VOCABULARY), RECORDS)


if __name__ == "__main__":
    run_stage("preprocess", "cleaning and sizing images into TFRecord shards", main)
