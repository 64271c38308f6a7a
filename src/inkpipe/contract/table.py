"""The corpus as one table of facts, a row an image, that the rules are checked on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from operator import eq
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inkpipe.contract.images import ImageFacts
from inkpipe.contract.rules import Finding
from inkpipe.corpus import SCHEMA, SPLITS, open_split, split_path
from inkpipe.errors import InkpipeError
from inkpipe.params.validate import LabelCharactersRule
from inkpipe.params.vocabulary import VocabularyParams
from inkpipe.vocabulary import normalise

ROWS_AT_ONCE = 8192


def require_columns(raw: Path) -> None:
    """Check that every split's file has the corpus's columns, of their types, and that there is a row at all.

    Raises:
        InkpipeError: a file is absent, a column is missing or of another type, or all splits are empty.
    """
    rows = 0
    for split in SPLITS:
        file = open_split(raw, split)
        rows += file.metadata.num_rows
        if not file.schema_arrow.equals(SCHEMA):
            raise InkpipeError(
                f"Rule `columns`: {split_path(raw, split)} must have the columns {_in_words(SCHEMA)}. "
                f"Received: {_in_words(file.schema_arrow)}. Remake it with `dvc repro -f download`."
            )
    if not rows:
        raise InkpipeError(
            f"The corpus in {raw} has no row in any split. Received: 0 images. Check `data` in params.yaml."
        )


def fact_table(raw: Path, images: ImageFacts, vocabulary: VocabularyParams, rule: LabelCharactersRule) -> pd.DataFrame:
    """One row an image, in the corpus's order, with the columns that the rules look at.

    Returns:
        `split` (category), `filename`, `label` and what `label_facts` gives, `repeated` (the file name if its split has
        it twice, else null), `decodes` (bool), `fault` (why not),
        `width`, `height`, `aspect`, `ink`, `contrast` (float32, NaN where the image does not decode).
    """
    parts = [part for split in SPLITS for part in _label_parts(raw, split, vocabulary, rule)]
    table = pd.concat(parts, ignore_index=True)
    table["split"] = pd.Categorical.from_codes(table["split"].to_numpy(np.int8), categories=pd.Index(SPLITS))
    table["repeated"] = table["filename"].where(_repeated(table["split"], table["filename"]))
    decodes = images.width > 0
    table["decodes"] = decodes
    table["fault"] = pd.Series(images.faults, index=table.index, dtype="str")
    for name in ("width", "height", "ink", "contrast"):
        table[name] = np.where(decodes, getattr(images, name), np.nan).astype(np.float32)
    table["aspect"] = table["width"] / table["height"]
    return table


def label_facts(labels: Sequence[str | None], vocabulary: VocabularyParams, rule: LabelCharactersRule) -> pd.DataFrame:
    """What the rules look at in labels.

    Returns:
        `label` (normalised, null if nothing is left), `length` (characters), `words`, `frames` (what CTC needs: length
        + adjacent repeats; Graves et al., "Connectionist temporal classification", 2006) as float32, NaN without a
        label, and `foreign` (the characters that `rule` does not allow, null if there are none).
    """
    texts = [normalise(label or "", vocabulary.case, vocabulary.unicode_form) for label in labels]
    seen = set().union(*texts)
    banned = {c for c in seen if not unicodedata.category(c).startswith(rule.categories) and c not in rule.extra}
    return pd.DataFrame(
        {
            "label": pd.Series([text or None for text in texts], dtype="str"),
            "length": _counts([len(text) for text in texts]),
            "words": _counts([len(text.split()) for text in texts]),
            "frames": _counts([len(text) + sum(map(eq, text, text[1:])) for text in texts]),
            "foreign": pd.Series(["".join(sorted(banned & set(text))) or None for text in texts], dtype="str"),
        }
    )


def _in_words(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in schema)


COLUMNS_HOLD = Finding(
    "columns",
    "stop",
    _in_words(SCHEMA),
    len(SPLITS),
    0,
    "splits",
    "passed",
    (),
    "Remake the corpus: `dvc repro -f download`.",
)


def _label_parts(
    raw: Path, split: str, vocabulary: VocabularyParams, rule: LabelCharactersRule
) -> Iterator[pd.DataFrame]:
    for batch in open_split(raw, split).iter_batches(ROWS_AT_ONCE, columns=["filename", "label"]):
        part = label_facts(batch["label"].to_pylist(), vocabulary, rule)
        part.insert(0, "filename", batch["filename"].to_pandas().astype("str"))
        part.insert(0, "split", np.int8(SPLITS.index(split)))
        yield part


def _counts(values: list[int]) -> np.ndarray:
    counts = np.array(values, np.float32)
    return np.where(counts > 0, counts, np.nan).astype(np.float32)


def _repeated(splits: pd.Series[str], names: pd.Series[str]) -> np.ndarray:
    """Which rows share their file name with another row of their split, bool (n,).

    By sorting: a hash table of strings takes several times the memory.
    """
    repeated = np.zeros(len(names), bool)
    for split in SPLITS:
        rows = np.flatnonzero(splits == split)
        column = pa.array(names.iloc[rows])
        order = pc.array_sort_indices(column).to_numpy()
        ordered = column.take(order)
        same = pc.equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False).astype(bool)
        repeated[rows[order[1:][same]]] = repeated[rows[order[:-1][same]]] = True
    return repeated
