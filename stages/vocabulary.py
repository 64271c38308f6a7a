"""vocabulary: the characters of the training labels and their class ids."""

from pathlib import Path

from inkpipe.data.corpus import SPLITS
from inkpipe.data.manifest import Manifest
from inkpipe.data.vocabulary import build
from inkpipe.params import load_params
from inkpipe.stage import run_stage

MANIFEST = Path("data/validated/manifest.parquet")
VOCABULARY = Path("data/vocabulary.json")


def main() -> str:
    """Build the vocabulary from the accepted rows of the manifest."""
    params, manifest = load_params().vocabulary, Manifest(MANIFEST)
    vocabulary = build(
        {split: manifest.accepted_texts(split) for split in SPLITS},
        case=params.case,
        unicode_form=params.unicode_form,
        min_count=params.min_count,
        characters=params.characters,
    )
    vocabulary.save(VOCABULARY)
    return vocabulary.describe()


if __name__ == "__main__":
    run_stage("vocabulary", "collecting the characters of the training labels", main)
