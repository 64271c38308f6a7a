"""Pages for people: one template environment, one style sheet, one way to draw charts."""

import logging
import os

from inkpipe.pages.environment import render

__all__ = ["render"]

# Before Matplotlib is imported. Charts are drawn without its backends, but the name of one that it does not know, as a
# notebook hands it down, stops its import. Its warnings are of its caches, and need no action.
os.environ.pop("MPLBACKEND", None)
logging.getLogger("matplotlib").setLevel(logging.ERROR)
