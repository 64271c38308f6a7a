"""Pages for people: one template environment, one style sheet, one way to draw charts."""

from inkpipe.pages.environment import render

__all__ = ["render"]
