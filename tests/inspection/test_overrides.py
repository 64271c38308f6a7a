import shlex
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.inspection.overrides import Override, applied
from inkpipe.params.load import parse_yaml


def written(tmp_path, override):
    """What `dvc exp run` writes into params.yaml for the option, after a shell has split it."""
    section, name = override.name.split(".")
    path = Path(tmp_path) / "params.yaml"
    path.write_text(yaml.safe_dump({section: {name: None}}))
    flag, setting = shlex.split(override.option)
    assert flag == "-S"
    apply_overrides(path, [setting])
    return parse_yaml(path.read_text())[section][name]


@pytest.mark.parametrize(
    "value",
    [
        "keep",
        "a b/it's, {x}=(1)",
        r"^(.*?)\d+\D*$",
        "`$+<=>^~°€'\"\\",
        "\\",
        "null",
        "12",
        "1e5",
        "é/ñ.zip",
        "a${b}c",
        48,
        0.25,
        0.00005,
        None,
    ],
)
def test_dvc_writes_the_value_that_is_meant(tmp_path, value):
    assert written(tmp_path, Override("data.path", value, "")) == value


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("overrides")


@settings(deadline=None, max_examples=60)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1))
def test_dvc_writes_any_text_that_is_meant(folder, text):
    assert written(folder, Override("data.path", text, "")) == text


def test_values_are_replaced_and_checked(make_params):
    params = make_params()
    changed = applied(params, [Override("preprocess.width", 512, ""), Override("vocabulary.case", "keep", "")])
    assert (changed.preprocess.width, changed.vocabulary.case) == (512, "keep")
    assert params.preprocess.width == 256
    with pytest.raises(InkpipeError, match="multiple"):
        applied(params, [Override("preprocess.width", 513, "")])
