"""`data`: where the labelled images come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.params.base import PositiveCount, PositiveFloat, Section, Share
from inkpipe.params.synthetic import SyntheticParams


class FolderParams(Section):
    """`data.folder`: labelled images of one's own, in a directory or a .zip."""

    path: str
    validation_share: Share
    test_share: Share
    tolerated_orphans: Share


class KaggleParams(Section):
    """`data.kaggle`: a data set of Kaggle's, through the official client."""

    dataset: Annotated[str, Field(pattern=r"^\w[\w.-]*/\w[\w.-]*$")]  # also a path below the cache: no `..`
    version: PositiveCount | None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None
    cache: str
    timeout_seconds: PositiveFloat


class DataParams(Section):
    """`data`: the source and what each source needs."""

    source: Literal["synthetic", "folder", "kaggle"]
    synthetic: SyntheticParams
    folder: FolderParams
    kaggle: KaggleParams
