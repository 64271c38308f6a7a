import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "inkpipe"
PIXELS = """
import hashlib
from threading import Thread
import numpy as np
from inkpipe.augment import augment
from inkpipe.imaging import decode, prepare
from inkpipe.params import load_params
from inkpipe.synthetic.generate import generate

params, digest = load_params(), hashlib.sha256()

def make_pixels():
    for number, sample in enumerate(generate(params.synthetic, seed=1, split="train", indices=range(6))):
        prepared = prepare(decode(sample.image), params.preprocess)
        distorted = augment(prepared, np.random.default_rng(number), params.augment)
        digest.update(sample.image + prepared.tobytes() + distorted.tobytes())

thread = Thread(target=make_pixels)  # some of OpenCV's settings hold for one thread alone
thread.start()
thread.join()
print(digest.hexdigest())
"""


def test_all_modules_import_opencv_with_the_settings_of_this_project():
    importers = []
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            importers += [file.name] if "cv2" in names else []
    assert importers == ["opencv.py"]


@pytest.fixture(scope="module")
def pixels():
    """The digest of images that were made, prepared and distorted under some variables."""

    def of(**variables):
        command = [sys.executable, "-c", PIXELS]
        result = subprocess.run(
            command, env={**os.environ, **variables}, cwd=SOURCE.parents[1], capture_output=True, text=True, check=True
        )
        assert "IPP" not in result.stderr  # OpenCV warns where a user has switched it off
        return result.stdout

    return of


def test_processors_of_all_kinds_give_the_same_pixels(pixels):
    """OpenCV takes these variables for the abilities of the processor."""
    kinds = [
        {},
        {"OPENCV_IPP": "sse42", "OPENCV_CPU_DISABLE": "AVX512-SKX"},
        {"OPENCV_IPP": "avx2", "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FP16,AVX"},
    ]
    assert len({pixels(**kind) for kind in kinds}) == 1
