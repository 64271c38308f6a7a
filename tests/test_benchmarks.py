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


def test_every_row_of_the_ablation_names_parameters_that_exist():
    ablation = loaded("ablation")
    for values in [*ablation.STEPS.values(), *ablation.OPTIONS.values()]:
        replaced = {name: value for name, value in values.items() if name != ablation.FONTS}
        params = ablation.changed_params(replaced)
        assert params.model.preset == "crnn"


def test_every_row_of_the_training_options_names_parameters_that_exist(make_params, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    for values in loaded("training_options").ROWS.values():
        make_params(**{name.replace(".", "__"): value for name, value in values.items()})


def test_the_review_loop_trains_by_the_command_of_the_readme():
    command = loaded("review_loop").training_command(FOLDER / "some where")
    values = dict(word.split("=", 1) for word in command if "=" in word)
    assert command[:3] == ["dvc", "exp", "run"]
    assert values["data.folder.path"] == str(FOLDER / "some where")
    assert (values["data.source"], values["train.init_from"]) == ("mixed", "champion")
