"""Keras and TensorFlow run with the project's settings, whatever the user's are, and say nothing while they start."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inkpipe.backend import STARTUP_NOTES, keras, tf, without_startup_notes

SOURCE = Path(__file__).parents[1] / "src/inkpipe"
# Trains a network with every kind of layer for a few steps, as the train stage does, and prints digests of the result.
TRAIN = """
import hashlib, json, os, pathlib, sys
from inkpipe.backend import keras, tf
from inkpipe.model.determinism import configure_determinism
configure_determinism(int(sys.argv[1]))
from inkpipe.params import load_params
from inkpipe.model.networks import build_network
keras.utils.set_random_seed(1)
params = load_params(pathlib.Path(sys.argv[2]))
small = params.model.crnn.model_copy(update={"channels": (8, 8, 8, 8), "recurrent_units": 8})
model = params.model.model_copy(update={"preset": "crnn", "crnn": small})
network = build_network(model, (32, 256), params.frames, 12)
images = keras.random.uniform((8, 32, 256, 1), seed=2)
network.compile(keras.optimizers.AdamW(0.01), "mse", jit_compile=False)
network.fit(images, tf.ones((8, params.frames, 12)), batch_size=4, epochs=2, shuffle=False, verbose=0)
digest = hashlib.sha256(b"".join(array.tobytes() for array in network.get_weights())).hexdigest()
print(json.dumps({
    "weights": digest,
    "architecture": network.to_json(),
    "left": {name: value for name, value in os.environ.items() if name.startswith("KERAS_")},
}))
"""
SETTINGS = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
# Several settings in each case, because each case is a process of its own that takes many seconds.
HOSTILE = {
    "other numbers": (
        {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.1},
        {
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
            "TF_NUM_INTRAOP_THREADS": "1",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "PYTHONHASHSEED": "7",
        },
    ),
    "another backend": (
        {"backend": "torch", "floatx": "no type"},
        {
            "KERAS_BACKEND": "torch",
            "KERAS_MAX_EPOCHS": "1",
            "KERAS_MAX_STEPS_PER_EPOCH": "1",
            "TF_USE_LEGACY_KERAS": "1",
            "MPLBACKEND": "no backend",
            "PYTHONOPTIMIZE": "1",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
        },
    ),
}


def run(folder, code, *arguments, **variables):
    """Run code as a stage runs: in a process of its own, with a log level that nobody set."""
    own = ("KERAS_", "TF_", "ONEDNN_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment |= {"HOME": str(folder), **variables}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def trained(folder, threads="2", **variables):
    result = run(folder, TRAIN, threads, str(SOURCE.parents[1] / "params.yaml"), **variables)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), result.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def undisturbed(home):
    """The result of the training without any setting of the user's."""
    answer, errors = trained(home)
    assert errors == ""
    assert not (home / ".keras").exists()
    return answer


@pytest.mark.parametrize("case", HOSTILE)
def test_the_users_settings_change_no_training_and_no_warning_appears(undisturbed, tmp_path, case):
    settings, variables = HOSTILE[case]
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras/keras.json").write_text(json.dumps(SETTINGS | settings))
    answer, errors = trained(tmp_path, **variables)
    assert answer["weights"] == undisturbed["weights"]
    assert answer["architecture"] == undisturbed["architecture"]
    assert answer["left"] == {name: value for name, value in variables.items() if name.startswith("KERAS_")}
    assert errors == ""


def test_a_keras_that_was_imported_before_takes_the_projects_settings(tmp_path):
    (tmp_path / ".keras").mkdir()
    settings = SETTINGS | {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.1}
    (tmp_path / ".keras/keras.json").write_text(json.dumps(settings))
    code = """
import keras
assert keras.config.image_data_format() == "channels_first"
import inkpipe.backend
print(keras.config.image_data_format(), keras.config.floatx(), keras.config.epsilon(), keras.config.dtype_policy().name)
"""
    assert run(tmp_path, code).stdout.split() == ["channels_last", "float32", "1e-07", "float32"]


def test_a_keras_on_another_backend_is_named(monkeypatch):
    from inkpipe import backend
    from inkpipe.errors import InkpipeError

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(InkpipeError, match=r"Received: jax. Import inkpipe before keras"):
        backend.settle()


def test_every_module_imports_keras_and_tensorflow_from_the_one_that_settles_them():
    """Also their parts, and also late imports; those that only type checkers see are no imports."""
    importers = {}
    for file in SOURCE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        hidden = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and getattr(block.test, "id", None) == "TYPE_CHECKING"
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            if id(node) not in hidden and {name.split(".")[0] for name in names} & {"keras", "tensorflow"}:
                importers.setdefault(str(file.relative_to(SOURCE)), []).append(node.lineno)
    assert list(importers) == ["backend.py"]


@pytest.mark.parametrize(
    ("line", "is_note"),
    [
        ("WARNING: All log messages before absl::InitializeLog() is called are written to STDERR", True),
        ("I0000 00:00:1795638709.334032   32307 cudart_stub.cc:31] Could not find cuda drivers on your machine", True),
        ("2026-01-01 10:00:00.000000: I external/local_xla/xla/tsl/cuda/cudart_stub.cc:31] Could not find", True),
        ("2026-01-01 10:00:00.000000: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.", True),
        ("I0000 00:00:1795682981.119600    3611 port.cc:153] oneDNN custom operations are on.", True),
        ("I0000 00:00:1795682981.119600    3611 anything_new.cc:7] That only informs", True),
        ("2026-01-01 10:00:00.000000: W tensorflow/core/framework/allocator.cc:83] Allocation exceeds 10%", False),
        ("E0000 00:00:1795682981.119600    3611 anything_new.cc:7] That somebody should know", False),
        ("E0000 00:00:1795638945.704663    2318 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)", True),
        ("To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow", True),
        ("F0000 00:00:1795638945.704663    2318 cpu_guard.cc:30] The binary needs AVX instructions", False),
        ("ImportError: libcudart.so: cannot open shared object file", False),
        ("UserWarning: cudart_stub.cc:31] is only mentioned here", False),
    ],
)
def test_only_the_start_up_notes_of_tensorflow_are_dropped(line, is_note):
    assert bool(STARTUP_NOTES.match(line)) == is_note


def test_what_else_is_written_to_standard_error_appears_afterwards(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    with pytest.raises(ImportError), without_startup_notes():
        os.write(2, b"before\nWARNING: All log messages before absl::InitializeLog() is called\nafter\n")
        assert capfd.readouterr().err == ""
        raise ImportError
    assert capfd.readouterr().err == "before\nafter\n"


def test_a_user_who_asks_for_all_messages_gets_them(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    note = "WARNING: All log messages before absl::InitializeLog()\n"
    with without_startup_notes():
        os.write(2, note.encode())
    assert capfd.readouterr().err == note


def test_a_process_without_standard_error_can_import_it(tmp_path):
    code = "import os; os.close(2); from inkpipe.backend import tf; print(int(tf.constant(1) + 1))"
    assert run(tmp_path, code).stdout == "2\n"


def test_the_modules_are_those_of_the_libraries():
    assert keras.__name__ == "keras"
    assert tf.__name__ == "tensorflow"
