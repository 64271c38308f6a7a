from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
from tests.values import replaced

from inkpipe.errors import InkpipeError
from inkpipe.params import load_params, parse_params
from inkpipe.params.load import dump_yaml, parse_yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content():
    return yaml.safe_load((ROOT / "params.yaml").read_text())


def changed(content, name, value):
    return replaced(content, {name: value})


def test_the_paper_preset_gives_the_papers_values(content):
    params = parse_params(changed(content, "model.preset", "paper"))
    assert (params.lr, params.batch_size, params.epochs) == (0.001, 1024, 200)
    assert (params.preprocess.height, params.preprocess.width, params.frames) == (60, 128, 64)
    train = params.train
    assert (train.optimizer, train.schedule) == ("adam", "plateau")
    assert (train.early_stopping_monitor, train.early_stopping_patience) == ("val_loss", 6)
    assert not params.augment.enabled


def test_the_preset_line_gives_the_network_of_crnn_other_values(content):
    params = parse_params(changed(content, "model.preset", "line"))
    assert params.model.network is params.model.crnn
    size = params.preprocess
    assert (size.height, size.width, size.crop, size.contrast) == (48, 1024, "margins", "stretch")
    assert (params.frames, params.batch_size, params.epochs, params.lr) == (256, 16, 45, 0.002)
    assert parse_params(content).preprocess.contrast == "none"


def test_the_content_of_the_file_stays_known_as_it_was_given(content):
    assert parse_params(content).given["lr"] == "auto"


def test_a_given_value_wins_over_the_presets(content):
    assert parse_params(changed(content, "lr", 0.0005)).lr == 0.0005


def test_a_source_gives_values_too_and_a_preset_goes_before_it(content):
    mixed = changed(content, "data.source", "mixed")
    assert (parse_params(content).epochs, parse_params(mixed).epochs) == (5, 30)
    assert (parse_params(content).augment.frequency, parse_params(mixed).augment.frequency) == (1.0, 1.5)
    assert parse_params(changed(mixed, "model.preset", "bilstm")).epochs == 30
    assert parse_params(changed(mixed, "model.preset", "paper")).epochs == 200


def test_epochs_are_composed_of_mixed_data_alone(content):
    mixed = changed(content, "data.source", "mixed")
    for name, value in (("synthetic_fraction", 0.5), ("synthetic_epochs", 2)):
        assert getattr(parse_params(changed(mixed, f"train.mix.{name}", value)).train.mix, name) == value
        with pytest.raises(InkpipeError, match=r"train.mix: composes epochs of data.source mixed. Received: .*synth"):
            parse_params(changed(content, f"train.mix.{name}", value))
    with pytest.raises(InkpipeError, match=r"synthetic_epochs: must not exceed epochs. Received: 37 of 30"):
        parse_params(changed(mixed, "train.mix.synthetic_epochs", 37))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lr", "1e-3", r"lr: .*Received: '1e-3'"),
        ("lr", -0.1, r"lr: .*greater than 0"),
        ("learning_rate", 0.1, r"learning_rate: no such parameter"),
        ("model.preset", "papper", r"model.preset: .*'papper'"),
        ("data.source", "ftp", r"data.source: .*'ftp'"),
        ("preprocess.height", 33, "multiple of 16"),
        ("epochs", 0, "train.init_from"),
        ("train.init_from", "", r"train.init_from: .*Received: ''"),
        ("train.freeze", "body", r"train.freeze: .*train.init_from must name that model"),
        ("train.freeze", "head", r"train.freeze: .*Received: 'head'"),
        ("train.body_lr_factor", 0.0, r"train.body_lr_factor: .*greater than 0"),
        ("train.mix.synthetic_fraction", 1.5, r"train.mix.synthetic_fraction.*Received: 1.5"),
        ("train.weights", "x", r"train.weights: no such parameter"),
        ("lr", float("inf"), "lr: .*finite"),
        ("runtime.workers", "many", "runtime.workers: .*'many'"),
        ("train.threads", 1.5, r"train.threads: .*1.5"),
    ],
)
def test_a_wrong_value_is_named(content, name, value, message):
    with pytest.raises(InkpipeError, match=message):
        parse_params(changed(content, name, value))


def test_a_mistyped_preset_is_the_only_fault_named(content):
    with pytest.raises(InkpipeError, match=r"1 fault\(s\):\n  model.preset: [^\n]*'foo'\.$"):
        parse_params(changed(content, "model.preset", "foo"))


def test_a_bilstm_takes_only_whole_frames(content):
    bilstm = changed(content, "model.preset", "bilstm")
    with pytest.raises(InkpipeError, match="multiple of 4. Received: 32 x 130 hog"):
        parse_params(changed(bilstm, "preprocess.width", 130))


def test_all_faults_are_named_at_once(content):
    broken = changed(changed(content, "lr", "fast"), "batch_size", 0)
    with pytest.raises(InkpipeError, match=r"2 fault\(s\)(.|\n)*lr(.|\n)*batch_size"):
        parse_params(broken)


def test_a_missing_parameter_is_named(content):
    del content["train"]["threads"]
    with pytest.raises(InkpipeError, match="train.threads: missing"):
        parse_params(content)


def test_an_absent_file_and_a_broken_one_are_told_apart(tmp_path):
    with pytest.raises(InkpipeError, match="does not exist"):
        load_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("a: [")
    with pytest.raises(InkpipeError, match="not YAML"):
        load_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("42")
    with pytest.raises(InkpipeError, match="Received: int"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b"a: 1\nb: 2\na: 3\n", "stands twice: a"),
        ("a: \u00e9".encode("latin-1"), "UTF-8"),
        (b"a: 2020-13-45", "month must be in 1..12"),
    ],
)
def test_what_yaml_alone_would_pass_or_trip_over_is_refused(tmp_path, written, message):
    (tmp_path / "params.yaml").write_bytes(written)
    with pytest.raises(InkpipeError, match=message):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("rate", ["0.00005", "5e-05", "5.e-5", "0.5E-4", ".5e-4", "5000000e-11"])
def test_a_small_number_is_read_as_dvc_writes_it(tmp_path, rate):
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text())
    apply_overrides(path, [f"lr={rate}"])
    assert load_params(path).lr == 0.00005
    path.write_text(path.read_text().replace("lr: 5e-05", f"lr: {rate}"))
    assert load_params(path).lr == 0.00005


def test_what_is_dumped_is_read_back():
    content = {"rate": 5e-05, "pattern": "1e5", "other": "1.5E+3", "more": ["12", 12, None, True, "a: b"]}
    assert parse_yaml(dump_yaml(content)) == content


def test_a_directory_in_its_place_is_refused(tmp_path):
    with pytest.raises(InkpipeError, match="cannot be read"):
        load_params(tmp_path)


@pytest.mark.parametrize("preset", [["crnn"], {}, None])
def test_a_preset_that_is_no_name_is_a_fault(content, preset):
    content["model"]["preset"] = preset
    with pytest.raises(InkpipeError, match="model.preset"):
        parse_params(content)


def test_a_sweep_of_one_value_changes_one_line_of_params_yaml(tmp_path):
    """The file has the form in which DVC writes it back for `dvc exp run -S`."""
    before = (ROOT / "params.yaml").read_text()
    path = tmp_path / "params.yaml"
    path.write_text(before)
    apply_overrides(path, ["lr=0.0005"])
    after = path.read_text().splitlines()
    changed = [pair for pair in zip(before.splitlines(), after, strict=True) if pair[0] != pair[1]]
    assert [line.split()[:2] for _, line in changed] == [["lr:", "0.0005"]]
