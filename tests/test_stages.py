"""dvc.yaml, params.yaml and the code agree: complete dependencies, used parameters, outputs in their place."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
PLOTS = {
    name: settings
    for plot in yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"]
    for name, settings in plot.items()
}
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
STAGES = ("download", "validate", "vocabulary", "preprocess", "train", "evaluate", "promote")
# params.yaml as a whole. It only checks the sections that a stage does not use, so its imports are not followed: a
# stage depends on the sections that its own code imports.
COMPOSITE = SOURCE / "inkpipe/params/params.py"
# A stage runs these by their path, with the code of a registered model: no import shows it.
RUN_BY_PATH = {"promote": {"mlflow_model.py", "champion_process.py", "recognizer_process.py"}}
# Files that are no modules: which modules read them, and no import shows it either.
TEMPLATES = "src/inkpipe/pages/templates"
READ_BY_PATH = {
    "download": {"src/inkpipe/synthetic/glyphs.txt"},
    "validate": {f"{TEMPLATES}/base.html", f"{TEMPLATES}/style.css", f"{TEMPLATES}/contract.html"},
    "evaluate": {
        "src/inkpipe/synthetic/glyphs.txt",
        f"{TEMPLATES}/base.html",
        f"{TEMPLATES}/style.css",
        f"{TEMPLATES}/report.html",
    },
}
# Functions that take the whole of Params, by name: where they are, or None where they only log it.
TAKE_ALL = {
    "from_params": SOURCE / "inkpipe/training/train.py",
    "initial_model": SOURCE / "inkpipe/tracking/initial.py",
    "training_run": None,
    "ensure_run": None,
    "gather_facts": None,
    "write_resolved": None,
}
# Properties of Params, and the parameters that they are made of.
DERIVED = {"frames": {"preprocess.width", "model.preset"}, "validate_": {"validate"}}


def module_file(name):
    path = SOURCE / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def runtime_nodes(tree):
    """Every node but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"):
            yield node
            yield from runtime_nodes(node)


def imported_modules(file):
    """The project's modules that a file imports anywhere in it, the packages around them included."""
    for node in runtime_nodes(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                if parts[0] == "inkpipe" and (module := module_file(".".join(parts[:length]))):
                    yield module


def code_path(stage):
    """Every module that a stage's script imports, directly or not, by its path in the project."""
    reached, waiting = set(), [ROOT / f"stages/{stage}.py"]
    reached.update(waiting)
    while waiting:
        file = waiting.pop()
        if file == COMPOSITE:
            continue
        for module in set(imported_modules(file)) - reached:
            reached.add(module)
            waiting.append(module)
    reached |= {SOURCE / "inkpipe/serving" / name for name in RUN_BY_PATH.get(stage, ())}
    return {str(file.relative_to(ROOT)) for file in reached}


def listed_code(stage):
    """The modules that dvc.yaml lists for a stage, those of listed folders included."""
    files = set()
    for dep in PIPELINE[stage]["deps"]:
        path = ROOT / dep
        if dep.startswith(("src/", "stages/")):
            files |= {str(file.relative_to(ROOT)) for file in path.rglob("*.py")} if path.is_dir() else {dep}
    return files


def attributes(tree, name):
    """The attributes that are read of a variable: `params.evaluate.batch_size` gives `evaluate.batch_size`."""
    chain, inner = [], tree
    while isinstance(inner, ast.Attribute):
        chain.insert(0, inner.attr)
        inner = inner.value
    loaded = isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "load_params"
    if chain and (loaded or getattr(inner, "id", None) == name):
        return {".".join(chain)}
    return {found for node in ast.iter_child_nodes(tree) for found in attributes(node, name)}


def used_params(stage):
    """The parameters that a stage's script reads, and that the functions read to which it hands all of them."""
    tree = ast.parse((ROOT / f"stages/{stage}.py").read_text())
    used = attributes(tree, "params")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(getattr(argument, "id", None) == "params" for argument in node.args):
            file = TAKE_ALL[getattr(node.func, "attr", getattr(node.func, "id", None))]
            used |= attributes(ast.parse(file.read_text()), "params") if file else set()
    names = {name for chain in used for name in DERIVED.get(chain, {chain})}
    return {name for name in names if not name.startswith("runtime")}


def leaves(value, prefix=""):
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, f"{prefix}.{key}" if prefix else str(key))}
    return {prefix}


def below(names):
    """All parameters of params.yaml that some names stand for."""
    return {leaf for leaf in leaves(PARAMS) for name in names if leaf == name or leaf.startswith(f"{name}.")}


def value_of(name):
    value = PARAMS
    for key in name.split("."):
        value = value[key]
    return value


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
    modules = {file for file in listed_code(stage) if file.endswith(".py")}
    assert sorted(modules) == sorted(code_path(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_depends_on_the_templates_and_tables_that_it_reads(stage):
    folders = [dep for dep in PIPELINE[stage]["deps"] if (ROOT / dep).is_dir()]
    others = {dep for dep in PIPELINE[stage]["deps"] if dep.startswith("src/") and "." in Path(dep).name} - {
        dep for dep in PIPELINE[stage]["deps"] if dep.endswith(".py")
    }
    inside = {
        str(file.relative_to(ROOT))
        for folder in folders
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc") and folder.startswith("src/")
    }
    assert others | inside == READ_BY_PATH.get(stage, set())


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_depends_on_exactly_the_params_that_its_code_reads(stage):
    """`auto` takes the value of preset and source, so a stage that reads such a parameter depends on both too."""
    used = below(used_params(stage))
    if any(value_of(name) == "auto" for name in used):
        used |= {"model.preset", "data.source"}
    assert sorted(below(PIPELINE[stage].get("params", []))) == sorted(used)


def test_every_parameter_belongs_to_a_stage_but_those_that_cannot_change_a_byte():
    listed = [name for stage in PIPELINE.values() for name in stage["params"]]
    assert leaves(PARAMS) - below(listed) == below(["runtime", "sweep"])
    assert all(below([name]) for name in listed)


def test_the_learning_rate_touches_training_alone():
    assert [name for name in STAGES if "lr" in PIPELINE[name].get("params", [])] == ["train"]


@pytest.mark.parametrize(
    ("module", "stages"),
    [
        ("src/inkpipe/augment/strokes.py", {"train", "evaluate"}),
        ("src/inkpipe/optimization/optimizers.py", {"train"}),
        ("src/inkpipe/evaluation/metrics.py", {"evaluate", "promote"}),
        ("src/inkpipe/sources/kaggle/client.py", {"download"}),
        ("src/inkpipe/rules/labels.py", {"validate"}),
        ("src/inkpipe/onnx/convert.py", {"evaluate"}),
        ("src/inkpipe/serving/processes.py", {"promote"}),
        ("src/inkpipe/transcription/rows.py", set()),
        ("src/inkpipe/parallel/pool.py", {"download", "validate", "preprocess"}),
    ],
)
def test_a_change_re_runs_no_stage_that_it_cannot_change(module, stages):
    dependents = {stage for stage in STAGES if module in code_path(stage)}
    assert dependents <= stages


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_says_what_it_does_and_runs_its_own_script(stage):
    assert len(PIPELINE[stage]["desc"]) > 20
    assert PIPELINE[stage]["cmd"] == f"python stages/{stage}.py"


def test_dvc_can_restore_every_stage_but_promote_from_its_run_cache():
    """DVC caches no run of a stage with an output that persists, nor one that is always changed."""
    for stage in STAGES[:-1]:
        assert outputs(PIPELINE[stage])
        assert not PIPELINE[stage].get("always_changed")
        assert not any(settings.get("persist") for _, settings in outputs(PIPELINE[stage]))


def test_promote_runs_where_the_store_is_empty_and_leaves_the_earlier_record_if_it_stops():
    """What it registered is marked beside the store; `always_changed` would make every lock look stale."""
    assert not PIPELINE["promote"].get("always_changed")
    made = dict(outputs(PIPELINE["promote"]))
    assert made["data/promotion.json"]["persist"]
    assert not made["mlflow.db.registered"].get("persist")  # removed before it runs: a promotion that stops runs again
    assert subprocess.run(["git", "check-ignore", "-q", "mlflow.db.registered"], cwd=ROOT, check=False).returncode == 0


def test_git_keeps_the_metrics_and_the_decision_and_dvc_all_else():
    kept = {name for stage in STAGES for name, settings in outputs(PIPELINE[stage]) if settings.get("cache") is False}
    assert kept == {"data/metrics.json", "data/promotion.json", "mlflow.db.registered"}
    ignored = (ROOT / "data/.gitignore").read_text().split()
    assert {f"/{Path(name).name}" for name in kept}.isdisjoint(ignored)  # the last one lies beside the store


@pytest.mark.parametrize("name", PLOTS)
def test_each_plot_names_its_axes_and_draws_what_is_no_line_as_bars_or_points(name):
    settings = PLOTS[name]
    assert settings["x_label"]
    assert settings["y_label"]
    if settings["x"] in ("character", "length", "pixels", "confidence"):
        assert settings["template"] in ("categories", "scatter")
    for axis, own in (("x", "categories"), ("y", "bars")):
        if settings.get("template") == own:
            template = json.loads((ROOT / f".dvc/plots/{own}.json").read_text())
            assert template["encoding"][axis]["type"] == "nominal"
            assert "step" in template[{"x": "width", "y": "height"}[axis]]  # a place for each name


def test_data_dependencies_are_outputs_of_earlier_stages():
    made = set()
    for name in STAGES:
        for dep in PIPELINE[name]["deps"]:
            if dep.startswith("data/"):
                assert any(dep == out or dep.startswith(f"{out}/") for out in made), (name, dep)
        made |= {out for out, _ in outputs(PIPELINE[name])}


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
        ("inkpipe.params.load", ["numpy", "tensorflow", "mlflow", "great_expectations", "pandas", "cv2"]),
        ("inkpipe.imaging", ["tensorflow", "mlflow", "great_expectations"]),
        ("inkpipe.data.vocabulary", ["tensorflow", "mlflow", "great_expectations", "pandas"]),
        ("inkpipe.dataset.records", ["mlflow", "great_expectations", "inkpipe.augment", "inkpipe.model"]),
        ("inkpipe.model.artifacts", ["tensorflow", "mlflow", "great_expectations"]),
        ("inkpipe.serving.recognizer", ["tensorflow", "mlflow", "great_expectations", "pandas", "pyarrow", "onnx"]),
        ("inkpipe.serving.recognizer", ["inkpipe.params.params", "pywt"]),
        ("inkpipe.transcription.rows", ["tensorflow", "mlflow", "great_expectations", "pandas", "pyarrow", "onnx"]),
        ("inkpipe.transcription.formats", ["tensorflow", "mlflow", "great_expectations", "pandas", "pyarrow"]),
        ("inkpipe.tracking.local_registry", ["tensorflow", "mlflow", "great_expectations", "pandas", "pyarrow"]),
        ("inkpipe.training.history", ["tensorflow", "mlflow", "great_expectations"]),
        ("inkpipe.contract.single_image", ["tensorflow", "mlflow", "great_expectations", "pandas", "pyarrow"]),
        ("inkpipe.dataset.prepare", ["tensorflow", "inkpipe.augment"]),
        ("inkpipe.evaluation.analysis", ["tensorflow", "mlflow", "great_expectations", "pandas"]),
        ("inkpipe.evaluation.evaluate", ["tensorflow", "mlflow", "great_expectations", "pandas"]),
        ("inkpipe.evaluation.metrics", ["tensorflow", "mlflow", "great_expectations", "pandas"]),
        ("inkpipe.evaluation.preview_grids", ["kaggle", "inkpipe.sources"]),
        ("inkpipe.model.decoding", ["tensorflow", "rapidfuzz", "scipy"]),
        ("inkpipe.sources.synthetic", ["tensorflow", "faker", "PIL", "cv2"]),
    ],
)
def test_a_module_loads_no_more_than_it_needs(module, heavy):
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def test_only_their_modules_import_mlflow_and_great_expectations():
    users = {"mlflow": set(), "great_expectations": set()}
    for file in (SOURCE / "inkpipe").rglob("*.py"):
        for node in runtime_nodes(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in {name.split(".")[0] for name in names} & set(users):
                users[name].add(file.relative_to(SOURCE / "inkpipe").parts[0].removesuffix(".py"))
    assert users["mlflow"] <= {"tracking", "promotion", "serving"}
    assert users["great_expectations"] == {"contract"}


def test_no_file_name_stands_twice_with_different_meanings():
    """A section of params.yaml may have the name of the module that it sets; all other names are used once."""
    names = [file.name for file in (SOURCE / "inkpipe").rglob("*.py") if "params" not in file.parts]
    allowed = {"__init__.py"}
    assert sorted({name for name in names if names.count(name) > 1} - allowed) == []
