"""Where labeled images come from: `synthetic`, `folder` and `kaggle` behind one interface."""

from inkpipe.sources.interface import Source
from inkpipe.sources.ingest import IngestResult, open_source, write_corpus

__all__ = ["IngestResult", "Source", "open_source", "write_corpus"]
