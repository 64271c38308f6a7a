import subprocess

import pytest
import yaml
from tests.repository import git

from inkpipe.tracking.code_state import CodeState, code_state, committed_file


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / "params.yaml").write_text("lr: 0.1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_clean_tree_is_its_commit(repository):
    state = code_state()
    assert state == CodeState(git(repository, "rev-parse", "HEAD").strip(), b"", ())
    assert not state.dirty


def test_the_diff_applies_and_untracked_files_are_named_without_their_content(repository):
    (repository / "params.yaml").write_text("lr: 0.25\n")
    (repository / "passwords.txt").write_text("secret")
    state = code_state()
    assert state.dirty
    assert state.untracked == ("passwords.txt",)
    assert b"+lr: 0.25" in state.diff
    assert b"secret" not in state.diff
    git(repository, "checkout", "-q", "params.yaml")
    subprocess.run(["git", "apply"], input=state.diff, check=True, cwd=repository)
    assert (repository / "params.yaml").read_text() == "lr: 0.25\n"


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(repository):
    """DVC writes the index of the copies that it runs experiments in so that git calls such a file unchanged."""
    file = repository / "params.yaml"
    before = file.stat()
    git(repository, "update-index", "--assume-unchanged", "params.yaml")
    file.write_text("lr: 0.2\n")
    import os

    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert git(repository, "diff", "HEAD") == ""
    assert b"+lr: 0.2" in code_state().diff


def test_what_dvc_writes_beside_the_code_is_no_change_of_it(repository, monkeypatch):
    outputs = {"outs": ["data/model", {"data/[1].json": {"cache": False}}], "metrics": [{"scores": {"cache": False}}]}
    (repository / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"train": outputs}}))
    (repository / "dvc.lock").write_text("first")
    (repository / "scores").write_text("1")
    (repository / "data").mkdir()
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "second")
    for name in ("dvc.lock", "scores", "data/[1].json"):  # the last one is new
        (repository / name).write_text("2")
    for folder in (repository, repository / "data"):
        monkeypatch.chdir(folder)
        assert not code_state().dirty
    (repository / "data/1.json").write_text("")
    assert len(code_state().untracked) == 1
    (repository / "dvc.yaml").write_text("stages: {}")
    assert b"stages: {}" in code_state().diff


def test_staged_changes_and_those_from_a_folder_below_count_too(repository, monkeypatch):
    (repository / "below").mkdir()
    (repository / "params.yaml").write_text("lr: 0.3\n")
    git(repository, "add", "-A")
    (repository / "note").write_text("")
    monkeypatch.chdir(repository / "below")
    state = code_state()
    assert b"+lr: 0.3" in state.diff
    assert len(state.untracked) == 1


def test_outside_of_git_and_before_the_first_commit_there_is_no_state(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert code_state() is None
    git(tmp_path, "init", "-q")
    assert code_state() is None
    monkeypatch.setenv("PATH", "")
    assert code_state() is None


def test_a_file_is_read_as_a_commit_has_it(repository, tmp_path):
    from pathlib import Path

    (repository / "params.yaml").write_text("lr: 0.9\n")
    assert committed_file("HEAD", Path("params.yaml")) == b"lr: 0.1\n"
    assert committed_file("HEAD", Path("absent")) is None
    assert committed_file("0" * 40, Path("params.yaml")) is None
