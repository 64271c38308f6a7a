"""`data`: where the labeled images come from."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from inkpipe.section import Fraction, PositiveCount, Section

LayoutName = Literal["plain", "kaggle", "table", "gt_txt", "page", "alto", "parquet", "iam_lines", "iam_words", "lmdb"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return pattern


class FolderParams(Section):
    """`data.folder`: labeled images of one's own, in a directory or a .zip.

    Attributes:
        path: the directory or .zip, relative to the project's root; empty if there is none.
        layout: how labels and images lie there; None to find it.
        group_column: the column of the data of which no value may be in two splits; None for the usual names.
        group_pattern: a regular expression that finds the group in the name of a file; None for none.
        validation_fraction: the fraction of images for validation, 0 to 1, where the data names no splits.
        test_fraction: likewise for test.
        max_unmatched_fraction: the fraction of labels that may be skipped, 0 to 1. Kaggle archives, too.
    """

    path: str
    layout: LayoutName | None
    group_column: Annotated[str, Field(min_length=1)] | None
    group_pattern: Annotated[str, AfterValidator(_compiles)] | None
    validation_fraction: Fraction
    test_fraction: Fraction
    max_unmatched_fraction: Fraction

    def options(self) -> dict[str, Any]:
        """All but the path, by name."""
        return self.model_dump(exclude={"path"})


class KaggleParams(Section):
    """`data.kaggle`: a data set on Kaggle, through the official client.

    Attributes:
        dataset: owner/name.
        version: the number of the version; None for the latest.
        sha256: the digest that the archive must have, 64 hexadecimal digits; None to accept any.
    """

    dataset: Annotated[str, Field(pattern=r"^\w[\w.-]*/\w[\w.-]*$")]  # also a path below the cache: no `..`
    version: PositiveCount | None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None


class MixedParams(Section):
    """`data.mixed`: a corpus of real images with synthetic ones beside them for training.

    Attributes:
        real: the source of the real images.
    """

    real: Literal["folder", "kaggle"]


class DataParams(Section):
    """`data`: the source, and the settings of each kind of source.

    Attributes:
        source: the kind of source.
        folder: used by `folder`, and by `kaggle` but for the path.
        kaggle: used by `kaggle`.
        mixed: used by `mixed`, beside the settings of its real source and of the generator.
    """

    source: Literal["synthetic", "folder", "kaggle", "mixed"]
    folder: FolderParams
    kaggle: KaggleParams
    mixed: MixedParams
