"""vocabulary: the characters of the training labels and their class ids."""

from pathlib import Path

from inkpipe import vocabulary
from inkpipe.corpus import SPLITS
from inkpipe.manifest import accepted_texts
from inkpipe.params import load_params
from inkpipe.stage import run_stage

MANIFEST = Path("data/validated/manifest.parquet")
VOCABULARY = Path("data/vocabulary.json")


def main() -> str:
    """Build the vocabulary from the accepted rows of the manifest."""
    params = load_params().vocabulary
    built = vocabulary.build(
        {split: accepted_texts(MANIFEST, split) for split in SPLITS},
        case=params.case,
        unicode_form=params.unicode_form,
        min_count=params.min_count,
        characters=params.characters,
    )
    built.save(VOCABULARY)
    return built.describe()


if __name__ == "__main__":
    run_stage("vocabulary", "collecting the characters of the training labels", main)
