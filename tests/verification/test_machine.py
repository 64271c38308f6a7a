import json

import pytest

from inkpipe.verification.machine import (
    RECORD,
    environment,
    record_environment,
    recorded_environment,
    same_cpu_kind,
    verify_environment,
)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "profiles").mkdir()
    return tmp_path


def lock(project, name, version):
    (project / "uv.lock").write_text(f'version = 1\n[[package]]\nname = "{name}"\nversion = "{version}"\n')


def test_the_environment_has_what_numbers_depend_on(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/home/somebody/.terraformrc")  # of another program
    content = environment()
    assert content["packages"].keys() >= {"numpy", "tensorflow", "dvc"}
    assert content["flags"]["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert "TF_CLI_CONFIG_FILE" not in content["flags"]
    assert content["cpu"]["cores"] >= 1


def test_another_processor_or_other_vector_flags_are_another_kind():
    one = {"cpu": {"model": "x", "vector_flags": "avx", "cores": 2}}
    assert same_cpu_kind(one, {"cpu": {"model": "x", "vector_flags": "avx", "cores": 8}})
    assert not same_cpu_kind(one, {"cpu": {"model": "x", "vector_flags": "avx avx2", "cores": 2}})
    assert not same_cpu_kind(one, {"cpu": {"model": "y", "vector_flags": "avx", "cores": 2}})


def test_the_recorded_environment_comes_back(project):
    assert recorded_environment(project) is None
    assert record_environment(project) == project / RECORD
    assert recorded_environment(project) == environment()


def test_a_package_of_another_version_than_the_locked_one_fails(project):
    lock(project, "numpy", "0.0.1")
    result = verify_environment(project)
    assert not result.passed
    assert result.details[0].startswith("numpy ")
    assert result.details[0].endswith(", locked 0.0.1")
    assert "make setup" in result.details[1]


def test_what_differs_from_the_recorded_environment_is_told(project):
    lock(project, "no-such-package", "1")
    content = environment()
    content["cpu"]["model"] = "Another CPU"
    (project / RECORD).write_text(json.dumps(content))
    result = verify_environment(project)
    assert result.passed
    assert any(line.startswith("cpu.model: ") and line.endswith(", Another CPU recorded") for line in result.details)
