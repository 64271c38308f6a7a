"""Layouts of labeled images in a folder, one a file. To add one: write it like `plain`, and register it here."""

from inkpipe.sources.layouts.alto_pages import AltoLayout
from inkpipe.sources.layouts.gt_txt import GtTxtLayout
from inkpipe.sources.layouts.iam import IamLinesLayout, IamWordsLayout
from inkpipe.sources.layouts.kaggle import KaggleLayout
from inkpipe.sources.layouts.layout import Layout
from inkpipe.sources.layouts.lmdb import LmdbLayout
from inkpipe.sources.layouts.page_xml_pages import PageXmlLayout
from inkpipe.sources.layouts.parquet import ParquetLayout
from inkpipe.sources.layouts.plain import PlainLayout
from inkpipe.sources.layouts.transcribed import TranscribedLayout
from inkpipe.sources.layouts.two_columns import TableLayout

LAYOUTS: tuple[type[Layout], ...] = (
    PlainLayout,
    KaggleLayout,
    TableLayout,
    GtTxtLayout,
    PageXmlLayout,
    AltoLayout,
    ParquetLayout,
    IamLinesLayout,
    IamWordsLayout,
    LmdbLayout,
)

__all__ = ["LAYOUTS", "KaggleLayout", "Layout", "PlainLayout", "TranscribedLayout"]
