"""`runtime`: where and how work runs; nothing here changes a byte of any output, so no stage depends on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inkpipe.section import PositiveFloat, Section


class RuntimeParams(Section):
    """`runtime`: where work runs.

    Attributes:
        workers: `local` for one process a core, or `dask://host:port` for a running Dask cluster.
        kaggle_cache: the folder of Kaggle's archives, relative to the project's root.
        kaggle_timeout_seconds: how long Kaggle may be silent, above 0.
    """

    workers: Annotated[str, Field(pattern=r"^(local|dask://.+)$")]
    kaggle_cache: str
    kaggle_timeout_seconds: PositiveFloat
