"""Where labelled images come from: `synthetic`, `folder` and `kaggle` behind one interface."""

from inkpipe.sources.base import Source
from inkpipe.sources.ingest import download, open_source

__all__ = ["Source", "download", "open_source"]
