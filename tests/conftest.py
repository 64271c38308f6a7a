"""What several test files need: parameters, small synthetic images."""

import errno
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from tests.values import dotted, replaced

from inkpipe.data.corpus import Corpus
from inkpipe.params import parse_params

ROOT = Path(__file__).parents[1]
SHARED_PAGES = ROOT.parent / "shared/archive-pages"
SHARED_SAMPLE = ROOT.parent / "shared/handwritten-names/handwritten-names-sample.zip"


def with_values(**values):
    """The repository's params with some values replaced: `with_values(lr=0.1, model__preset="paper")`."""
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    return parse_params(replaced(content, dotted(values)))


def text_image(text, height=32, width=256):
    """A gray image of a text in a stroke font: dark on a white background."""
    image = np.full((height, width), 255, np.uint8)
    cv2.putText(image, text, (4, height - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    return image


def as_jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture
def make_params():
    return with_values


@pytest.fixture
def draw():
    return text_image


@pytest.fixture
def jpeg():
    return as_jpeg


@pytest.fixture
def without_permission(monkeypatch):
    """Take away the permission to read a file or to list a folder, also from root: `without_permission(path)`."""
    closed, scandir, read = set(), os.scandir, Path.read_bytes

    def refuse(path):
        if Path(path) in closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def closing_scandir(path):
        refuse(path)
        return scandir(path)

    def closing_read(path):
        refuse(path)
        return read(path)

    monkeypatch.setattr(os, "scandir", closing_scandir)
    monkeypatch.setattr(Path, "read_bytes", closing_read)
    return closed.add


@pytest.fixture
def every_row():
    """Stream a whole split of a corpus: `every_row(folder, split)`."""
    return lambda folder, split: Corpus(folder).samples(split)


@pytest.fixture(scope="session")
def shared_sample():
    """The zip of real handwriting, where there is one."""
    if not SHARED_SAMPLE.exists():
        pytest.skip(f"no real handwriting at {SHARED_SAMPLE}")
    return SHARED_SAMPLE


@pytest.fixture(scope="session")
def shared_pages():
    """The folder of real page scans with PAGE XML and ALTO, where there is one."""
    if not SHARED_PAGES.exists():
        pytest.skip(f"no page scans at {SHARED_PAGES}")
    return SHARED_PAGES
