"""A registered model as a recognizer. It runs the code that was registered with it, as its server does.

Changes of inkpipe after the registration therefore do not change its predictions.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inkpipe.keras_variables import own_environment
from inkpipe.model.artifacts import NETWORK
from inkpipe.serving.processes import ProcessRecognizer, recognizer_processes, recognizer_task
from inkpipe.serving.worker import Task
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import CODE, Package, fetch_package

SCRIPT = Path(__file__).with_name("champion_process.py")
FAULT = "The registered model cannot be run by the code registered with it"
ADVICE = "Install the packages that its requirements.txt names, or delete its version in the MLflow UI."


@contextmanager
def registered_recognizer(version: ModelVersion, alternatives: int | None = None) -> Iterator[ProcessRecognizer]:
    """Run a registered model in processes of its own until the block ends.

    Args:
        version: the model in the registry.
        alternatives: likeliest texts that a prediction carries; None for as many as the model's settings say. Models
            without `network.onnx` give none.

    Yields:
        A recognizer, ready for images.

    Raises:
        InkpipeError: the model's files do not exist any more, or are not those that were registered.
    """
    with (
        TemporaryDirectory() as folder,
        package_recognizer(fetch_package(version, Path(folder)), alternatives) as recognizer,
    ):
        yield recognizer


@contextmanager
def package_recognizer(package: Package, alternatives: int | None = None) -> Iterator[ProcessRecognizer]:
    """Run the model of a package in processes of its own until the block ends.

    Args:
        package: as it was registered.
        alternatives: as of `registered_recognizer`.

    Yields:
        A recognizer. A process that cannot run the model raises when the first images are sent to it.
    """
    if (package.model_folder / NETWORK).exists():
        task = recognizer_task(package.model_folder, package.folder / CODE, alternatives)
        task = task._replace(fault=FAULT, advice=ADVICE)
    else:  # by MLflow, and one process: TensorFlow uses all cores by itself. Early versions do not set the variables
        command = (sys.executable, "-P", str(SCRIPT), str(package.folder))
        task = Task(command, 1, FAULT, ADVICE, own_environment(os.environ))
    with recognizer_processes(task, package.model_folder) as recognizer:
        yield recognizer
