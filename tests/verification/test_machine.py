import json

import pytest

from inkpipe.verification import machine
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


CPU = {"model": "x", "core": "Maker 26 2", "caches": "L1 48K L2 1024K", "vector_flags": "avx", "cores": 2}


def test_the_number_of_cores_makes_no_other_kind():
    assert same_cpu_kind({"cpu": CPU}, {"cpu": {**CPU, "cores": 8}})


@pytest.mark.parametrize(
    "other",
    [
        {"model": "y"},
        {"core": "Maker 25 17"},  # clouds give one model name to several designs
        {"caches": "L1 32K L2 1024K"},
        {"vector_flags": "avx avx2"},
    ],
)
def test_another_core_is_another_kind(other):
    assert not same_cpu_kind({"cpu": CPU}, {"cpu": CPU | other})


def test_a_record_that_lacks_the_core_is_of_another_kind():
    assert not same_cpu_kind({"cpu": CPU}, {"cpu": {"model": "x", "vector_flags": "avx", "cores": 2}})


@pytest.fixture
def linux(tmp_path, monkeypatch):
    """A function that pretends what Linux tells of the processor: the text of cpuinfo, and its caches."""

    def pretend(cpuinfo, *caches):
        (tmp_path / "cpuinfo").write_text(cpuinfo)
        for number, values in enumerate(caches):
            folder = tmp_path / "cache" / f"index{number}"
            folder.mkdir(parents=True)
            for name, value in zip(("level", "type", "size"), values, strict=True):
                (folder / name).write_text(f"{value}\n")
        monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
        monkeypatch.setattr(machine, "CACHES", tmp_path / "cache")
        return {**environment()["cpu"], "cores": None}

    return pretend


def test_a_core_is_told_by_its_design_and_its_own_caches(linux):
    cpuinfo = "vendor_id\t: Maker\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: CPU 7\nflags\t\t: fpu avx xyz avx2\n"
    assert linux(
        cpuinfo, (1, "Data", "48K"), (1, "Instruction", "32K"), (2, "Unified", "1M"), (3, "Unified", "32M")
    ) == {
        "model": "CPU 7",
        "core": "Maker 26 2",
        "caches": "L1 48K L2 1M",
        "vector_flags": "avx avx2",
        "cores": None,
    }


def test_a_cache_that_does_not_tell_its_size_is_left_out(linux, tmp_path):
    (tmp_path / "cache/index9").mkdir(parents=True)
    (tmp_path / "cache/index9/level").write_text("2\n")
    assert linux("model name\t: CPU 7\n", (1, "Data", "48K"))["caches"] == "L1 48K"


def test_a_core_of_arm_is_told_by_maker_and_part(linux):
    cpu = linux("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\nFeatures\t: fp asimd\n")
    assert (cpu["core"], cpu["caches"], cpu["vector_flags"]) == ("0x41 0xd0c", "", "asimd")


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
