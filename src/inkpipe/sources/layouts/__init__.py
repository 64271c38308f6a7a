"""Layouts of labeled images in a folder, one a file. To add one: write it like `plain`, and register it here."""

from inkpipe.sources.layouts.kaggle import KaggleLayout
from inkpipe.sources.layouts.layout import ImageKey, LabelRow, Layout
from inkpipe.sources.layouts.plain import PlainLayout

LAYOUTS: tuple[type[Layout], ...] = (PlainLayout, KaggleLayout)

__all__ = ["LAYOUTS", "ImageKey", "KaggleLayout", "LabelRow", "Layout", "PlainLayout"]
