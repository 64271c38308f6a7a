"""The environment that results depend on: packages, processor, threads and flags; recorded, and compared."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inkpipe.files import read_json, write_json
from inkpipe.params.flatten import flatten
from inkpipe.verification.step import StepResult

RECORD = Path("profiles/environment.json")
LIBRARIES = (
    "dvc", "great-expectations", "h5py", "keras", "mlflow", "numpy", "opencv-python-headless", "pandas", "pillow",
    "pyarrow", "pywavelets", "scipy", "tensorflow",
)  # fmt: skip
# Variables that change how numbers are computed, by their full names: other programs have ones that begin with TF_.
FLAGS = (
    "KERAS_BACKEND", "KMP_AFFINITY", "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_XLA_FLAGS",
)  # fmt: skip
CPUINFO, CACHES = Path("/proc/cpuinfo"), Path("/sys/devices/system/cpu/cpu0/cache")  # of Linux
# What names the design of a core beside its vector flags: of x86, and of ARM. Clouds give one model name to several.
CORE = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU part")
VECTOR_FLAGS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "sve")


def environment() -> dict[str, Any]:
    """Describe this environment.

    Returns:
        Nested values: python, packages, cpu (model, core, caches, vector flags, number of cores) and flags.
    """
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: version for name in LIBRARIES if (version := _installed(name))},
        "cpu": {**_core(CPUINFO, CACHES), "cores": os.cpu_count()},
        "flags": {name: os.environ[name] for name in FLAGS if name in os.environ},
    }


def same_cpu_kind(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two environments promise equal bytes: the same core of the processor, however many there are.

    The sizes of its caches count: by them products of matrices are divided, which decides the order of the sums.
    """
    mine, theirs = ({**each["cpu"], "cores": None} for each in (one, other))
    return mine == theirs


def verify_environment(project: Path) -> StepResult:
    """Check that the installed packages are those of uv.lock, and tell what differs from the recorded environment.

    Args:
        project: the root of a clone.
    """
    wrong = [f"{name} {installed}, locked {locked}" for name, installed, locked in _differing_packages(project)]
    recorded = recorded_environment(project)
    beside: tuple[str, ...]
    if recorded is None:
        beside = (f"no environment is recorded; `inkpipe verify --record` writes {RECORD}",)
    else:
        here, there = flatten(environment()), flatten(recorded)
        names = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
        beside = tuple(f"{name}: {here.get(name)} here, {there.get(name)} recorded" for name in names)
    if wrong:
        return StepResult("environment", False, (*wrong, "Run `make setup` to install the locked packages.", *beside))
    return StepResult("environment", True, ("the packages are those of uv.lock", *beside))


def recorded_environment(project: Path) -> dict[str, Any] | None:
    """Read the environment of the committed results; None if it was not recorded."""
    path = project / RECORD
    return dict(read_json(path, "promote")) if path.exists() else None


def record_environment(project: Path) -> Path:
    """Write the environment beside the committed results, to be committed with them.

    Returns:
        The file.
    """
    write_json(project / RECORD, environment())
    return project / RECORD


def _differing_packages(project: Path) -> list[tuple[str, str, str]]:
    lock = project / "uv.lock"
    if not lock.exists():
        return []
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    versions: dict[str, set[str]] = {}
    for package in packages:
        if "version" in package and "editable" not in package.get("source", {}):
            versions.setdefault(package["name"], set()).add(package["version"])
    found = ((name, _installed(name), locked) for name, locked in versions.items())
    return [(name, here, " or ".join(sorted(locked))) for name, here, locked in found if here and here not in locked]


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _core(cpuinfo: Path, caches: Path) -> dict[str, str]:
    """Model name, design, caches and vector flags of a core; the name alone where Linux does not tell the others."""
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    present = (values.get("flags") or values.get("Features") or "").split()
    return {
        "model": values.get("model name") or platform.processor(),
        "core": " ".join(values[key] for key in CORE if key in values),
        "caches": " ".join(_own_caches(caches)),
        "vector_flags": " ".join(flag for flag in VECTOR_FLAGS if flag in present),
    }


def _own_caches(folder: Path) -> Iterator[str]:
    """Level and size of each cache for data that a core has for itself: not the third, which virtual machines share."""
    for cache in sorted(folder.glob("index*")):
        try:
            level, kind, size = ((cache / name).read_text().strip() for name in ("level", "type", "size"))
        except OSError:  # some virtual machines and ARM boards do not tell the size
            continue
        if kind != "Instruction" and int(level) <= 2:
            yield f"L{level} {size}"
