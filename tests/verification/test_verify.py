"""The verification of a small pipeline of two stages, in a repository of its own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from inkpipe.cli import main
from inkpipe.errors import InkpipeError
from inkpipe.verification.full_run import verify_full_run
from inkpipe.verification.lock_file import verify_committed, verify_lock
from inkpipe.verification.machine import record_environment
from inkpipe.verification.scratch import cloned
from inkpipe.verification.two_runs import apply_profile, verify_two_runs

ROOT = Path(__file__).parents[2]
PIPELINE = {
    "stages": {
        "download": {"cmd": "python make.py", "deps": ["make.py"], "params": ["rows"], "outs": ["data/table.csv"]},
        "measure": {
            "cmd": "python measure.py",
            "deps": ["measure.py", "data/table.csv"],
            "metrics": [{"data/metrics.json": {"cache": False}}],
            "outs": [{"store.marker": {"cache": False}}],
        },
    }
}
MAKE = """
import os, pathlib, yaml
rows = yaml.safe_load(open("params.yaml"))["rows"]
pathlib.Path("data").mkdir(exist_ok=True)
pathlib.Path("data/table.csv").write_text("".join(f"{i}\\n" for i in range(rows)) + EXTRA)
"""
MEASURE = """
import json, pathlib
n = len(pathlib.Path("data/table.csv").read_text().split())
pathlib.Path("data/metrics.json").write_text(json.dumps({"n": n}))
pathlib.Path("store.marker").write_text("registered")
"""


def run(project, *command):
    unset = ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def commit(project):
    run(project, "git", "add", "-A")
    run(project, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x")


def write(project, extra='""'):
    (project / "make.py").write_text(MAKE.replace("EXTRA", extra))


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """A repository whose pipeline has run and whose lock and metrics are committed."""
    project = tmp_path_factory.mktemp("project")
    (project / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE))
    (project / "params.yaml").write_text("rows: 3\n")
    (project / "measure.py").write_text(MEASURE)
    (project / ".gitignore").write_text("/store.marker\n")
    (project / "profiles").mkdir()
    (project / "profiles/verify.yaml").write_text("rows: 2\n")
    (project / "profiles/tolerance.yaml").write_text("n: 0.5\n")
    write(project)
    run(project, "git", "init", "-q")
    run(project, "dvc", "init", "-q")
    run(project, "dvc", "repro", "-q")
    commit(project)
    return project


@pytest.fixture
def project(reproduced, tmp_path):
    """A copy of it, to change."""
    run(tmp_path, "git", "clone", "-q", str(reproduced), "copy")
    return tmp_path / "copy"


def test_a_lock_of_this_code_passes_without_data_and_without_what_git_ignores(project):
    with cloned(project) as scratch:
        assert not (scratch.folder / "data/table.csv").exists()
        result = verify_lock(scratch)
        committed = verify_committed(scratch)
    assert (result.passed, result.details) == (True, ("3 outputs are of this code and params.yaml",))
    assert (committed.passed, committed.details) == (True, ("data/metrics.json is that of dvc.lock",))


@pytest.mark.parametrize(
    ("file", "content", "detail"),
    [
        ("make.py", "pass", "download: make.py modified"),
        ("params.yaml", "rows: 4\n", "download: params.yaml rows modified"),
        ("measure.py", "pass", "measure: measure.py modified"),
    ],
)
def test_a_change_without_a_new_lock_is_named_by_stage_and_file(project, file, content, detail):
    (project / file).write_text(content)
    commit(project)
    with cloned(project) as scratch:
        result = verify_lock(scratch)
    assert not result.passed
    assert detail in result.details
    assert "Run `dvc repro` and commit dvc.lock." in result.details[-1]


def test_metrics_that_are_not_those_of_the_lock_are_named(project):
    (project / "data/metrics.json").write_text('{"n": 99}')
    commit(project)
    with cloned(project) as scratch:
        result = verify_committed(scratch)
    assert not result.passed
    assert result.details[0].startswith("data/metrics.json of stage measure: md5 ")
    run(project, "git", "rm", "-q", "data/metrics.json")
    commit(project)
    with cloned(project) as scratch:
        assert "it is not committed" in verify_committed(scratch).details[0]


def test_the_profile_gives_the_same_bytes_twice_and_the_clone_is_left_as_committed(project):
    with cloned(project) as scratch:
        result = verify_two_runs(scratch)
        assert (scratch.folder / "params.yaml").read_text() == "rows: 3\n"
    assert (result.passed, result.details) == (True, ("3 outputs of profiles/verify.yaml are the same bytes",))


def test_an_output_that_differs_is_named_by_stage_file_and_line(project):
    write(project, extra="str(os.getpid())")
    commit(project)
    with cloned(project) as scratch:
        result = verify_two_runs(scratch)
    assert not result.passed
    assert len(result.details) == 1
    assert result.details[0].startswith("stage download, data/table.csv: line 3: ")


def test_a_cache_that_the_project_shares_does_not_stand_in_for_the_second_run(project, tmp_path):
    run(project, "dvc", "config", "cache.dir", str(tmp_path / "shared-cache"))
    write(project, extra="str(os.getpid())")
    commit(project)
    with cloned(project) as scratch:
        assert not verify_two_runs(scratch).passed
    assert not (tmp_path / "shared-cache").exists()


def test_settings_of_the_user_do_not_reach_the_clone(project, monkeypatch):
    monkeypatch.setenv("INKPIPE_SIGNING_KEY", "team.pem")
    with cloned(project) as scratch:
        printed = scratch.run("env").output
    assert "INKPIPE_" not in printed


def commit_other_metrics(project, content):
    """Commit metrics as of another machine, with the lock that belongs to them."""
    path = project / "data/metrics.json"
    old, new = (hashlib.md5(text.encode()).hexdigest() for text in (path.read_text(), content))
    lock = (project / "dvc.lock").read_text()
    assert old in lock
    (project / "dvc.lock").write_text(lock.replace(old, new))
    path.write_text(content)
    commit(project)


@pytest.mark.parametrize(
    ("metrics", "recorded", "passed", "detail"),
    [
        ('{"n": 3.4}', False, True, "stage measure: data/metrics.json has other bytes"),
        ('{"n": 4}', False, False, "n: 3 here, 4 committed; at most 0.5 apart is allowed (profiles/tolerance.yaml)"),
        (
            '{"n": NaN}',
            False,
            False,
            "n: 3 here, nan committed; at most 0.5 apart is allowed (profiles/tolerance.yaml)",
        ),
        ('{"n": 3.4}', True, False, "the CPU is of the recorded kind"),
    ],
)
def test_a_full_run_must_be_within_tolerance_and_equal_on_the_recorded_cpu(project, metrics, recorded, passed, detail):
    if recorded:
        record_environment(project)
    commit_other_metrics(project, metrics)
    with cloned(project) as scratch:
        result = verify_full_run(scratch)
    assert result.passed == passed
    assert detail in result.details


def test_a_metric_without_a_tolerance_must_be_equal_and_an_interval_has_that_of_its_rate(project):
    (project / "profiles/tolerance.yaml").write_text("n: 0.5\n")
    commit_other_metrics(project, '{"m": 1, "n": 3.4, "n_high": 3.4, "n_low": 2.0}')
    with cloned(project) as scratch:
        details = verify_full_run(scratch).details
    assert [detail.split(";")[0] for detail in details[1:-1]] == [
        "m: None here, 1 committed", "n_high: None here, 3.4 committed", "n_low: None here, 2.0 committed",
    ]  # fmt: skip


def test_what_the_registry_decides_is_not_compared_since_a_clone_has_none(project):
    """The decision of a second model names the champion before it; the empty registry of a clone has none."""
    stage = {"cmd": "python decide.py", "deps": ["data/table.csv"], "outs": [{"data/promotion.json": {"cache": False}}]}
    (project / "dvc.yaml").write_text(yaml.safe_dump({"stages": {**PIPELINE["stages"], "promote": stage}}))
    (project / "decide.py").write_text("import os; open('data/promotion.json', 'w').write(str(os.getpid()))")
    run(project, "dvc", "repro", "-q")
    record_environment(project)
    commit(project)
    with cloned(project) as scratch:
        result = verify_full_run(scratch)
    assert (result.passed, result.details) == (
        True, ("3 outputs are the committed bytes", "the CPU is of the recorded kind"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("profiles/tolerance.yaml", None, r"must be numbers .*Received: None in profiles/tolerance\.yaml"),
        ("profiles/tolerance.yaml", "n: much", r"must be numbers .*Received: \{'n': 'much'\}"),
        ("data/metrics.json", None, r"no metrics to compare with\. Received: no data/metrics\.json"),
    ],
)
def test_a_full_run_without_something_to_compare_with_is_one_message(project, file, content, message):
    (project / file).unlink()
    if content:
        (project / file).write_text(content)
    commit(project)
    with cloned(project) as scratch, pytest.raises(InkpipeError, match=message):
        verify_full_run(scratch)


def test_a_full_run_must_give_the_same_bytes_before_training_everywhere(project):
    write(project, extra="str(os.getpid())")
    commit(project)
    with cloned(project) as scratch:
        result = verify_full_run(scratch)
    assert not result.passed
    assert "stage download: data/table.csv has other bytes" in result.details


def test_the_command_prints_a_table_or_json_and_exits_with_the_verdict(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (project / "make.py").write_text("pass")
    assert main(["verify", "--quick"]) == 0  # the change is not committed
    printed = capsys.readouterr()
    assert "1 uncommitted change(s) are not verified, such as M make.py" in printed.err
    assert [line.split()[:2] for line in printed.out.splitlines() if line[0] != " "] == [
        ["passed", "lock"], ["passed", "committed"], ["passed", "environment"],
    ]  # fmt: skip
    commit(project)
    assert main(["verify", "--quick", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert (content["passed"], content["steps"][0]["step"], content["steps"][0]["passed"]) == (False, "lock", False)
    assert content["environment"]["packages"]["numpy"]


def test_a_folder_without_git_is_one_message(tmp_path):
    with pytest.raises(InkpipeError, match="cannot be cloned"), cloned(tmp_path):
        pass


def test_a_profile_sets_parameters_that_exist_and_no_other(tmp_path):
    (tmp_path / "params.yaml").write_text("a: {b: 1, c: 2}\nd: 3\n")
    (tmp_path / "profile.yaml").write_text("a: {c: 5}\n")
    apply_profile(tmp_path / "params.yaml", tmp_path / "profile.yaml")
    assert yaml.safe_load((tmp_path / "params.yaml").read_text()) == {"a": {"b": 1, "c": 5}, "d": 3}
    (tmp_path / "profile.yaml").write_text("a: {x: 5}\n")
    with pytest.raises(InkpipeError, match=r"profile\.yaml sets what params\.yaml does not have\. Received: x"):
        apply_profile(tmp_path / "params.yaml", tmp_path / "profile.yaml")


def test_the_repositorys_profile_fits_params_yaml(tmp_path):
    from inkpipe.params import load_params

    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    apply_profile(tmp_path / "params.yaml", ROOT / "profiles/verify.yaml")
    params = load_params(tmp_path / "params.yaml")
    assert (params.epochs, params.synthetic.train) == (1, 160)
    assert (params.data.source, params.train.init_from) == ("synthetic", None)  # whatever params.yaml says


def test_every_committed_metric_has_a_declared_tolerance_or_must_be_equal():
    tolerances = yaml.safe_load((ROOT / "profiles/tolerance.yaml").read_text())
    metrics = json.loads((ROOT / "data/metrics.json").read_text())
    ends = {f"{name}_{end}" for name in tolerances for end in ("low", "high")}
    assert set(metrics) - ends - set(tolerances) == {"n"}
    assert set(tolerances) <= set(metrics)
