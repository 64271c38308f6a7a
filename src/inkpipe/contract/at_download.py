"""What the download set aside before there was a row to judge, as `source.json` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json


@dataclass(frozen=True)
class LeftOut:
    """All that one reason left out: how many, and the first of them by split, filename, label and line if known."""

    count: int
    first: Sequence[Mapping[str, Any]]


def left_out_at_download(raw: Path) -> dict[str, LeftOut]:
    """What the download of the corpus in `raw` left out, by reason, the most frequent first.

    Raises:
        InkpipeError: `source.json` is not as this version's download writes it.
    """
    path = raw / "source.json"
    if not path.exists():
        return {}
    try:
        found = {reason: LeftOut(**told) for reason, told in read_json(path, "download").get("set_aside", {}).items()}
    except (AttributeError, TypeError) as error:
        raise InkpipeError(
            f"{path} is damaged or of an earlier version. Received: {error}. Remake it with `dvc repro -f download`."
        ) from error
    return dict(sorted(found.items(), key=lambda item: -item[1].count))
