"""The fact table: one row an image, with the columns that the rules check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inkpipe.alignment import own_frames
from inkpipe.contract.measurements import ImageMeasurements
from inkpipe.data.corpus import SCHEMA, SPLITS, Corpus
from inkpipe.data.manifest import QUARANTINE
from inkpipe.errors import InkpipeError
from inkpipe.imaging.resize import most_columns
from inkpipe.rules import Columns, RowRule
from inkpipe.rules.facts import ImageNumber, LabelNumber, LabelText, RowNumber
from inkpipe.rules.result import RuleResult
from inkpipe.rules.rule import Context

ROWS_AT_ONCE = 8192  # labels that are Python strings at a time; they take several times the memory of the table's
MEASURED = ("width", "height", "ink", "contrast")  # measurements that are columns of the table


def require_columns(corpus: Corpus, rule: Columns) -> RuleResult:
    """Check that every split's file has the columns of a corpus, of their types, and that there is a row at all.

    Extra columns must be strings, and no names of the manifest's own columns, to which they are added.

    Args:
        corpus: the corpus.
        rule: the rule `columns`.

    Returns:
        The rule's result.

    Raises:
        InkpipeError: a file is absent, a column is missing or of another type, or all splits are empty.
    """
    columns = {
        str(corpus.path(split)): _in_words(_without_extra(corpus.parquet(split).schema_arrow)) for split in SPLITS
    }
    result = rule.check(columns, _in_words(SCHEMA))
    if result.violations:
        raise InkpipeError(
            f"Rule `{result.rule}`: a corpus must have the columns {result.expected}. "
            f"Received: {'; '.join(result.examples)}. {result.advice}"
        )
    if not sum(corpus.count(split) for split in SPLITS):
        raise InkpipeError(
            f"The corpus in {corpus.folder} has no row in any split. Received: 0 images. Check `data` in params.yaml."
        )
    return result


def fact_table(
    corpus: Corpus, measurements: ImageMeasurements, rules: Sequence[RowRule], context: Context
) -> pd.DataFrame:
    """Collect the facts that the rules check.

    Args:
        corpus: the corpus.
        measurements: the measurements of its images.
        rules: the rules on rows, with the columns that they add.
        context: gives the normalization of labels.

    Returns:
        One row an image, in the corpus's order. The columns are `split` (category), `filename`, those of `label_facts`,
        `repeated` (the file name if its split has it more than once, else null), and those of `add_image_facts`.
    """
    parts = [part for split in SPLITS for part in _label_parts(corpus, split, rules, context)]
    table = pd.concat(parts, ignore_index=True)
    table["split"] = pd.Categorical.from_codes(table["split"].to_numpy(np.int8), categories=pd.Index(SPLITS))
    table["repeated"] = table["filename"].where(_repeated(table["split"], table["filename"]))
    add_image_facts(table, measurements, rules, context)
    return table


def add_image_facts(
    table: pd.DataFrame, measurements: ImageMeasurements, rules: Sequence[RowRule], context: Context
) -> None:
    """Add the facts of images, and those that follow from them together with the facts of labels.

    The columns are `decodes` (bool), `fault` (why not), `width`, `height`, `ink`, `contrast` (float32, NaN where the
    image does not decode), `own_frames`, and the rules' columns on images and rows.

    Args:
        table: a fact table with the columns of `label_facts`; it is changed.
        measurements: the measurements of the images, in the table's order.
        rules: the rules on rows, with the columns that they add.
        context: gives the frames and the width of the model's input.
    """
    decodes = np.ones(len(table), bool)
    decodes[list(measurements.faults)] = False
    table["decodes"] = decodes
    table["fault"] = pd.Series(measurements.faults, index=table.index, dtype="str")
    for name in MEASURED:
        table[name] = np.where(decodes, getattr(measurements, name), np.nan).astype(np.float32)
    measured = {name: table[name] for name in MEASURED}
    columns = most_columns(table["width"].to_numpy(np.float64), context.width)
    own = own_frames(np.where(np.isnan(columns), context.width, columns), context.width, context.frames)
    table["own_frames"] = own.astype(np.float32)
    for fact in (fact for rule in rules for fact in rule.facts()):
        if isinstance(fact, ImageNumber):
            table[fact.column] = fact.of(measured).astype(np.float32)
        elif isinstance(fact, RowNumber):
            table[fact.column] = fact.of({str(name): column for name, column in table.items()}).astype(np.float32)


def label_facts(labels: Sequence[str | None], rules: Sequence[RowRule], context: Context) -> pd.DataFrame:
    """Compute the facts of labels.

    Args:
        labels: as the source gives them.
        rules: the rules on rows, with the columns that they add.
        context: gives the normalization of labels.

    Returns:
        `label` (normalized, null if nothing is left), then the rules' columns on labels.
    """
    texts = [context.normalize(label or "") for label in labels]
    columns: dict[str, np.ndarray | pd.Series[str]] = {
        "label": pd.Series([text or None for text in texts], dtype="str"),
    }
    for fact in (fact for rule in rules for fact in rule.facts()):
        if isinstance(fact, LabelNumber):
            columns[fact.column] = np.array([fact.of(text) if text else np.nan for text in texts], np.float32)
        elif isinstance(fact, LabelText):
            columns[fact.column] = pd.Series([fact.of(text) if text else None for text in texts], dtype="str")
    return pd.DataFrame(columns)


def _without_extra(schema: pa.Schema) -> pa.Schema:
    own = {*SCHEMA.names, *QUARANTINE.names}
    return pa.schema([field for field in schema if field.name in own or field.type != pa.string()])


def _in_words(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name}: {field.type}{'' if field.nullable else ' not null'}" for field in schema)


def _label_parts(corpus: Corpus, split: str, rules: Sequence[RowRule], context: Context) -> Iterator[pd.DataFrame]:
    for batch in corpus.parquet(split).iter_batches(ROWS_AT_ONCE, columns=["filename", "label"]):
        part = label_facts(batch["label"].to_pylist(), rules, context)
        part.insert(0, "filename", batch["filename"].to_pandas().astype("str"))
        part.insert(0, "split", np.int8(SPLITS.index(split)))
        yield part


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
