"""Small corpora with known faults, and the ways to validate them."""

import random
import runpy

import pandas as pd
import pytest
import yaml
from tests.values import dotted, replaced

from inkpipe.contract import measurements
from inkpipe.contract.validate import validate
from inkpipe.data.corpus import SPLITS, Corpus, Sample, write_split
from inkpipe.data.label_form import LabelForm, decide_form
from inkpipe.rules.rule import Context

FORM = LabelForm("upper", "NFC")
SIZES = {"train": 20, "validation": 6, "test": 4}


@pytest.fixture
def clean_rows(draw, jpeg):
    """Rows that violate no rule, by split: images of distinct random names."""
    chance = random.Random(0)
    rows = {}
    for split, size in SIZES.items():
        rows[split] = []
        for number in range(size):
            label = "".join(chance.choices("ABCDEFGHIJ", k=8))
            rows[split].append(Sample(f"{split}_{number:02}.jpg", label, jpeg(draw(label, width=240))))
    return rows


@pytest.fixture
def write_corpus(tmp_path):
    """Write rows by split as a corpus and return it."""

    def write(rows):
        folder = tmp_path / "data/raw"
        folder.mkdir(parents=True, exist_ok=True)
        for split in SPLITS:
            write_split(folder, split, rows[split])
        return Corpus(folder)

    return write


@pytest.fixture
def in_this_process(monkeypatch):
    """Measure images without a pool, which takes longer to start than small corpora to measure."""
    monkeypatch.setattr(measurements, "map_in_order", lambda workers, function, tasks: map(function, tasks))


@pytest.fixture
def contract(make_params):
    """The rules and their context with some parameters changed: `contract(validate__min_tolerated_rows=9)`."""

    def make(**values):
        params = make_params(**values)
        given = params.vocabulary
        form = FORM if given.case == "auto" else LabelForm(given.case, given.unicode_form)
        context = Context(params.frames, params.preprocess.width, params.validate_.min_tolerated_rows, form.normalize)
        return params.validate_.rules, context

    return make


@pytest.fixture
def outcome_of(make_params, in_this_process):
    """The outcome of a corpus with some parameters changed."""

    def outcome(corpus, **values):
        params = make_params(**values)
        form = decide_form(corpus.labels("train"), params.vocabulary.case, params.vocabulary.unicode_form)
        return validate(
            corpus, params.validate_, form, frames=params.frames, width=params.preprocess.width, workers="local"
        )

    return outcome


@pytest.fixture
def run_stage(request, tmp_path, monkeypatch, write_corpus, in_this_process):
    """Run the stage in a project of its own on rows by split, with some parameters changed; its summary."""
    root = request.config.rootpath
    content = yaml.safe_load((root / "params.yaml").read_text())
    monkeypatch.chdir(tmp_path)

    def run(rows, **values):
        write_corpus(rows)
        changed = replaced(content, dotted(values))
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
        return runpy.run_path(str(root / "stages/validate.py"))["main"]()

    return run


@pytest.fixture
def reasons():
    """The rules that each quarantined row of an outcome violates, by file name."""

    def by_name(outcome):
        names = outcome.table["filename"]
        return {names.iloc[row]: list(outcome.reasons[row]) for row in outcome.quarantined}

    return by_name


@pytest.fixture
def fact_table():
    """A fact table of rows without a fault; each column may be given: `fact_table(3, label=["A", None, "B"])`."""

    def table(rows, **columns):
        facts = {"filename": [f"{row}.jpg" for row in range(rows)], "label": "ANNA", "decodes": True}
        facts |= {"length": 4.0, "words": 1.0, "frames": 5.0, "foreign": None, "repeated": None, "fault": None}
        facts |= {"own_frames": 64.0, "spare_frames": 59.0}
        facts |= {"width": 200.0, "height": 40.0, "aspect": 5.0, "ink": 0.1, "contrast": 200.0}
        split = pd.Categorical(columns.pop("split", ["train"] * rows), categories=SPLITS)
        return pd.DataFrame({"split": split, **facts, **columns})

    return table
