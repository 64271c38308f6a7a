"""The benchmarks agree with params.yaml and with the code that they call."""

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_each_benchmark_can_be_imported(name, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)  # as `python benchmarks/NAME.py` does
    assert callable(loaded(name).main)


def test_every_row_of_the_ablation_names_parameters_that_exist(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    ablation = loaded("ablation")
    default = ablation.changed_params({})
    for name, values in ablation.ROWS.items():
        replaced = {key: value for key, value in values.items() if key != ablation.FONTS}
        assert (ablation.changed_params(replaced) == default) == (not replaced), name


def test_the_review_loop_trains_by_the_command_of_the_readme():
    command = loaded("review_loop").training_command(FOLDER / "some where")
    values = dict(word.split("=", 1) for word in command if "=" in word)
    assert command[:3] == ["dvc", "exp", "run"]
    assert values["data.folder.path"] == str(FOLDER / "some where")
    assert (values["data.source"], values["train.init_from"]) == ("mixed", "champion")
