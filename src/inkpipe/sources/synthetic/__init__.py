"""Stroke-level simulator of names that people write on scanned forms: pen paths, a writer, a form, a scanner."""

from inkpipe.sources.synthetic.source import SyntheticSource

__all__ = ["SyntheticSource"]
