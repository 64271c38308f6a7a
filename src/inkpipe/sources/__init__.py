"""Where labeled images come from: `synthetic`, `folder` and `kaggle` behind one interface."""

from inkpipe.sources.ingest import IngestResult, open_source, write_corpus
from inkpipe.sources.interface import Source

__all__ = ["IngestResult", "Source", "open_source", "write_corpus"]
