"""From the scan of a page and the places of its lines to an image of each line."""

from inkpipe.cutting.background import local_background
from inkpipe.cutting.cut_line import LinePlan, cut_line, plan_line
from inkpipe.cutting.page_image import page_size
from inkpipe.cutting.page_lines import PagePlan, PlacedLine, plan_page

__all__ = [
    "LinePlan",
    "PagePlan",
    "PlacedLine",
    "cut_line",
    "local_background",
    "page_size",
    "plan_line",
    "plan_page",
]
