"""download: bring labeled images from a source into the corpus."""

from pathlib import Path

from inkpipe.params import load_params
from inkpipe.progress import say
from inkpipe.sources import open_source, write_corpus
from inkpipe.stage import run_stage

CORPUS = Path("data/raw")


def main() -> str:
    """Bring in the images of the source that the parameters of `data` name."""
    params = load_params()
    source = open_source(params.data, params.synthetic, params.runtime, params.seed)
    result = write_corpus(source, CORPUS)
    *noticed, line = result.lines()
    for each in noticed:
        say(f"  {each}")
    return f"{params.data.source}: {line}"


if __name__ == "__main__":
    run_stage("download", "bringing labeled images into the corpus", main)
