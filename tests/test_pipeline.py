"""dvc.yaml, params.yaml and the code agree: complete dependencies, every knob in use, outputs where they belong."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
# What a stage runs by its path, with other code than its own: no import shows it.
RUN_BY_PATH = {"promote": {"served.py", "worker.py"}}
STAGES = ("download", "validate", "vocabulary", "preprocess", "train", "evaluate", "promote")


def module_file(name):
    path = SOURCE / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def imported_modules(file):
    """The project's modules that a file imports anywhere in it, the packages around them included."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                if parts[0] == "inkpipe" and (found := module_file(".".join(parts[:length]))):
                    yield found


def code_path(stage):
    """Every file of the project that a stage's script imports, directly or not."""
    script = ROOT / f"stages/{stage}.py"
    seen, waiting = {script}, [script]
    while waiting:
        for file in set(imported_modules(waiting.pop())) - seen:
            seen.add(file)
            waiting.append(file)
    seen |= {SOURCE / "inkpipe/serving" / name for name in RUN_BY_PATH.get(stage, ())}
    return {file.relative_to(ROOT) for file in seen}


def leaves(value, prefix=""):
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, f"{prefix}.{key}" if prefix else str(key))}
    return {prefix}


def names(entries):
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def outputs(stage):
    return [
        (name, settings)
        for kind in ("outs", "metrics")
        for entry in stage.get(kind, [])
        for name, settings in (entry.items() if isinstance(entry, dict) else [(entry, {})])
    ]


def test_the_seven_stages_stand_in_the_order_of_the_data_flow():
    assert tuple(PIPELINE) == STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_depends_on_exactly_the_modules_that_it_imports(stage):
    listed = {Path(dep) for dep in PIPELINE[stage]["deps"] if dep.endswith(".py") or (ROOT / dep).is_dir()}
    listed = {dep for dep in listed if dep.parts[0] in ("src", "stages")}
    covered = {
        file
        for dep in listed
        for file in ([dep] if dep.suffix else [f.relative_to(ROOT) for f in (ROOT / dep).rglob("*.py")])
    }
    assert sorted(map(str, covered)) == sorted(map(str, code_path(stage)))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_says_what_it_does_and_runs_its_own_script(stage):
    assert len(PIPELINE[stage]["desc"]) > 20
    assert PIPELINE[stage]["cmd"] == f"python stages/{stage}.py"


@pytest.mark.parametrize("stage", STAGES)
def test_outputs_persist_so_that_a_failed_stage_leaves_the_earlier_ones(stage):
    assert outputs(PIPELINE[stage])
    assert all(settings.get("persist") for _, settings in outputs(PIPELINE[stage]))


def test_data_dependencies_are_outputs_of_earlier_stages():
    made = set()
    for name in STAGES:
        for dep in PIPELINE[name]["deps"]:
            if dep.startswith("data/"):
                assert any(dep == out or dep.startswith(f"{out}/") for out in made), (name, dep)
        made |= {out for out, _ in outputs(PIPELINE[name])}


def test_every_knob_belongs_to_a_stage_and_every_listed_param_exists():
    knobs = leaves(yaml.safe_load((ROOT / "params.yaml").read_text()))
    listed = {name for stage in PIPELINE.values() for name in stage["params"]}
    whole_sections = {name for name in listed if name not in knobs}
    assert whole_sections == {"data.synthetic", "validate.rules", "augment"}
    assert knobs == {knob for knob in knobs for name in listed if knob == name or knob.startswith(f"{name}.")}


def test_the_learning_rate_touches_training_alone():
    assert [name for name in STAGES if "lr" in PIPELINE[name].get("params", [])] == ["train"]


def test_stages_import_no_other_stage_and_stay_thin():
    for stage in STAGES:
        text = (ROOT / f"stages/{stage}.py").read_text()
        assert len(text.splitlines()) <= 60
        assert "stages" not in {
            part
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ImportFrom)
            for part in node.module.split(".")
        }


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("inkpipe", ["numpy", "tensorflow", "mlflow", "great_expectations", "pandas", "cv2"]),
        ("inkpipe.cli", ["numpy", "tensorflow", "mlflow", "great_expectations", "pandas", "cv2"]),
        ("inkpipe.imaging", ["tensorflow", "mlflow", "great_expectations"]),
        ("inkpipe.metrics", ["tensorflow", "mlflow", "great_expectations"]),
        ("inkpipe.vocabulary", ["tensorflow", "mlflow", "great_expectations", "pandas"]),
        ("inkpipe.records", ["mlflow", "great_expectations"]),
    ],
)
def test_a_module_loads_no_more_than_it_needs(module, heavy):
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def runtime_nodes(tree):
    """Every node but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"):
            yield node
            yield from runtime_nodes(node)


def test_only_their_modules_import_mlflow_and_great_expectations():
    users = {"mlflow": set(), "great_expectations": set()}
    for file in (SOURCE / "inkpipe").rglob("*.py"):
        for node in runtime_nodes(ast.parse(file.read_text())):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in {name.split(".")[0] for name in found} & set(users):
                users[name].add(file.relative_to(SOURCE / "inkpipe").parts[0].removesuffix(".py"))
    assert users == {
        "mlflow": {"tracking", "registry", "promotion", "serving"},
        "great_expectations": {"contract"},
    }
