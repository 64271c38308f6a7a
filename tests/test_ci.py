"""The workflow for GitHub: pinned, without rights, and of commands that `.ci/run` has and that work."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".github/workflows/ci.yml").read_text()
WORKFLOW = yaml.safe_load(TEXT)
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
TARGETS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))


def parts():
    """The parts of `.ci/run` that the workflow runs, those of a matrix included."""
    for job in WORKFLOW["jobs"].values():
        for step in job["steps"]:
            for word in re.findall(r"\.ci/run (\$\{\{ matrix\.part \}\}|\w+)", step.get("run", "")):
                yield from job["strategy"]["matrix"]["part"] if word.startswith("$") else [word]


def test_the_workflow_may_only_read():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not [job for job in WORKFLOW["jobs"].values() if "permissions" in job]
    assert "pull_request_target" not in TEXT
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_action_is_pinned_to_a_commit_and_names_its_version():
    uses = re.findall(r"uses: (.*)", TEXT)
    assert len(uses) == sum("uses" in step for step in STEPS)
    for line in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_no_command_has_an_expression_that_a_pull_request_could_write():
    inside = {expression for step in STEPS for expression in re.findall(r"\$\{\{(.*?)\}\}", step.get("run", ""))}
    assert inside == {" matrix.part "}


def test_uv_and_dvc_are_cached_by_their_locks():
    caches = [step["with"] for step in STEPS if step.get("uses", "").startswith("actions/cache")]
    assert {cache["path"] for cache in caches} == {"~/.cache/uv", ".dvc/cache"}
    assert all("hashFiles('uv.lock')" in cache["key"] or "hashFiles('dvc.lock')" in cache["key"] for cache in caches)


def test_the_workflow_runs_all_parts_and_each_is_a_target_of_make():
    assert sorted(parts()) == ["lint", "report", "test"]
    assert {*parts(), "verify"} <= TARGETS


def made(*arguments):
    """What `.ci/run` would run, with a `make` that only names its target."""
    script = (ROOT / ".ci/run").read_text().replace("make ", "echo make ")
    command = ["bash", "-c", script, ".ci/run", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "run"),
    [([], ["lint", "test", "verify"]), (["lint"], ["lint"]), (["test", "report"], ["test", "report"])],
)
def test_the_script_runs_everything_or_the_parts_that_it_is_given(arguments, run):
    assert made(*arguments).stdout.split() == [word for part in run for word in ("make", part)]


def test_the_script_refuses_another_part():
    done = made("lint", "deploy")
    assert done.returncode == 2
    assert "runs lint, test, verify or report. Received: 'deploy'" in done.stderr
