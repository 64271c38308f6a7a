"""download: bring labeled images from a source into the corpus."""

from pathlib import Path

from inkpipe.params import load_params
from inkpipe.sources import open_source, write_corpus
from inkpipe.stage import run_stage

CORPUS = Path("data/raw")


def main() -> str:
    """Bring in the images of the source that the parameters of `data` name."""
    params = load_params()
    source = open_source(params.data, params.synthetic, params.runtime, params.seed)
    result = write_corpus(source, CORPUS)
    rows = ", ".join(f"{split} {count:,}" for split, count in result.rows.items())
    skipped = sum(result.skipped.values())
    return f"{params.data.source}: {rows} images" + (f"; {skipped:,} skipped, see source.json" if skipped else "")


if __name__ == "__main__":
    run_stage("download", "bringing labeled images into the corpus", main)
