"""What a message says to do helps in the situation that it is given in; what it names exists."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from tests.values import replaced

from inkpipe.data.corpus import Corpus, Sample
from inkpipe.data.language_model import LanguageModel
from inkpipe.data.manifest import Manifest
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.records import Records
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import read_predictions
from inkpipe.model.artifacts import load_settings, model_digest
from inkpipe.params import load_params, parse_params
from inkpipe.promotion.decision import read_scores
from inkpipe.sources import open_source
from inkpipe.sources.folder import FolderSource
from inkpipe.tracking.initial import initial_model
from inkpipe.training.history import read_history

pytest_plugins = ["tests.tiny"]

ROOT = Path(__file__).parents[1]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
STAGE_NAMES = list(STAGES)
# What stages read, and how: each is missing before the stage ran that makes it.
INPUTS = {
    "data/raw": lambda path: next(Corpus(path).samples("train")),
    "data/validated/manifest.parquet": lambda path: list(Manifest(path).accepted_texts("train")),
    "data/vocabulary.json": Vocabulary.load,
    "data/language_model.npz": LanguageModel.load,
    "data/records": lambda path: Records(path).height,
    "data/model": model_digest,
    "data/recognizer": load_settings,
    "data/history.csv": read_history,
    "data/evaluation/predictions.csv": read_predictions,
    "data/metrics.json": read_scores,
}


def maker(path):
    """The stage that makes a path."""
    for stage, settings in STAGES.items():
        for out in [*settings["outs"], *settings.get("metrics", [])]:
            name = next(iter(out)) if isinstance(out, dict) else out
            if path == name or path.startswith(f"{name}/"):
                return stage
    raise AssertionError(path)


@pytest.mark.parametrize("path", INPUTS)
def test_what_is_missing_before_a_stage_is_made_by_the_command_that_the_message_gives(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InkpipeError, match=re.escape(path)) as missing:
        INPUTS[path](Path(path))
    (named,) = re.findall(r"`dvc repro (\w+)`", str(missing.value))
    assert STAGE_NAMES.index(maker(path)) <= STAGE_NAMES.index(named)  # DVC runs the stages before it too


def params_file(folder, text):
    path = folder / "params.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("received", "value"), [("1e-3", 0.001), ("'0.01'", 0.01), ("'5E-4'", 0.0005), ('"1"', 1), ("2.5e0", 2.5)]
)
def test_a_number_in_quotes_is_accepted_as_the_message_writes_it(tmp_path, received, value):
    text = (ROOT / "params.yaml").read_text()
    assert text.count("\nlr: auto") == 1
    if received[0] in "'\"":
        with pytest.raises(InkpipeError, match=r"  lr: .*Received: '.*'\. Write ") as refused:
            load_params(params_file(tmp_path, text.replace("\nlr: auto", f"\nlr: {received}")))
        received = re.search(r"Write ([\d.]+), without", str(refused.value))[1]
    assert load_params(params_file(tmp_path, text.replace("\nlr: auto", f"\nlr: {received}"))).lr == value


@pytest.mark.parametrize("received", ["fast", "nan", "1,5", "[1]"])
def test_what_is_no_number_gets_no_number_for_advice(tmp_path, received):
    text = (ROOT / "params.yaml").read_text().replace("\nlr: auto", f"\nlr: {received}")
    with pytest.raises(InkpipeError, match="  lr: ") as refused:
        load_params(params_file(tmp_path, text))
    assert "Write" not in str(refused.value)


def opened(path):
    params = parse_params(replaced(PARAMS, {"data.source": "folder", "data.folder.path": path}))
    return open_source(params.data, params.synthetic, params.runtime, params.seed)


def test_a_wrong_folder_is_corrected_by_the_parameter_that_the_message_names(tmp_path, monkeypatch):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans/a.jpg").write_bytes(b"a")
    (tmp_path / "scans/labels.csv").write_text("filename,label,split\na.jpg,ANNA,train\n")
    with pytest.raises(InkpipeError, match=r"no data at the given path. Received: .*data.folder.path in params.yaml"):
        opened("scan")
    assert opened("scans").count("train") == 1
    with pytest.raises(InkpipeError, match=r"data.folder.path is empty. Set it to a directory or a .zip."):
        opened("")


@pytest.mark.parametrize("first_line", ["filename,label[,split]", "FILENAME,IDENTITY"])
def test_labels_without_a_header_are_read_with_the_one_that_the_message_gives(tmp_path, first_line):
    labels = tmp_path / "labels.csv"
    labels.write_text("a.jpg,ANNA\n")
    (tmp_path / "a.jpg").write_bytes(b"a")
    with pytest.raises(InkpipeError, match="in its first line: ") as refused:
        FolderSource(tmp_path, validation_fraction=0, test_fraction=0)
    assert first_line in str(refused.value)
    labels.write_text(f"{first_line.removesuffix('[,split]')}\n{labels.read_text()}")
    source = FolderSource(tmp_path, validation_fraction=0, test_fraction=0)
    assert list(source.samples("train")) == [Sample("a.jpg", "ANNA", b"a")]


def test_a_training_from_a_champion_that_is_missing_goes_on_as_the_message_says(name):
    def start(init_from):
        return initial_model(parse_params(replaced(PARAMS, {"train.init_from": init_from, "promote.model_name": name})))

    with pytest.raises(InkpipeError, match="registry does not have.* set train.init_from to null to train and promote"):
        start("champion")
    assert start(None) is None


def texts(node):
    """The texts of an expression, the values in them left out."""
    return " ".join(
        part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def messages():
    """The texts of all errors, and of the advice of the contract's rules, with their files."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            is_error = isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error")
            is_advice = isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "advice"
            if (is_error or is_advice) and (text := texts(node)):
                yield path.relative_to(ROOT / "src"), text


def named_parameters():
    section = rf"(?<![\w./`-])(?:{'|'.join(name for name in PARAMS if isinstance(PARAMS[name], dict))})"
    for path, text in messages():
        for parameter in re.findall(rf"{section}(?:\.[a-z_]+)+(?![\w(/])", text):
            yield str(path), parameter


@pytest.mark.parametrize(("file", "parameter"), sorted(set(named_parameters())))
def test_parameters_that_a_message_names_exist(file, parameter):
    value = PARAMS
    for key in parameter.split("."):
        assert key in value, (file, parameter)
        value = value[key]


def test_parameters_are_found_in_messages():
    found = {parameter for _, parameter in named_parameters()}
    assert {"data.folder.path", "data.folder.max_unmatched_fraction", "runtime.workers", "train.init_from"} <= found
