"""HTML pages from templates. Every page is one file that opens offline; the same content gives the same bytes."""

from __future__ import annotations

import base64
from collections.abc import Collection
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

LIST_ITEMS = 5  # items of a long list that a page names; the rest is a number
KINDS = {b"<svg": "svg+xml", b"RIFF": "webp"}  # of pictures by their first bytes; others are PNG


def render(template: str, **context: Any) -> str:
    """Fill a template with content.

    Text in the content is escaped. Templates extend `base.html` and may use three filters: `percent`, `readable` and
    `data_uri`, the functions of this module.

    Args:
        template: name of a file in `inkpipe/pages/templates`, such as `report.html`.
        context: the names that the template uses, all of them.

    Returns:
        The page's HTML.

    Raises:
        jinja2.TemplateNotFound: there is no such template.
        jinja2.UndefinedError: the template uses a name that is not in the context.
    """
    return _environment().get_template(template).render(context)


def percent(fraction: float | None) -> str:
    """Write a fraction as a percentage.

    Args:
        fraction: 1 is 100 %; None if there is none.

    Returns:
        The percentage with one decimal, with two below one percent; `none` for None.
    """
    if fraction is None:
        return "none"
    return f"{100 * fraction:.2f} %" if 0 < fraction < 0.01 else f"{100 * fraction:.1f} %"


def readable(value: Any) -> str:
    """Write a value of JSON for people.

    Args:
        value: any value.

    Returns:
        Whole numbers with thousands separated, lists by their first items and their length, yes or no for booleans,
        all else as text.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Collection) and not isinstance(value, str):
        start = ", ".join(map(str, list(value)[:LIST_ITEMS]))
        return start if len(value) <= LIST_ITEMS else f"{len(value):,}: {start}, …"
    return str(value)


def data_uri(picture: bytes) -> str:
    """Encode a picture as a URI, so that a page can hold it.

    Args:
        picture: a PNG, a WebP, or an SVG that starts with its `<svg` element as `charts.draw` makes it.

    Returns:
        A base64 data URI.
    """
    kind = KINDS.get(picture[:4], "png")
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("inkpipe.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "readable": readable, "data_uri": data_uri}
    return environment
