from __future__ import annotations

from collections.abc import Callable

import cv2
import matplotlib
import numpy as np
import pytest

from inkpipe.analysis import CalibrationBin, CharacterErrors, LengthErrors
from inkpipe.figures import cer_by_length, errors_by_character, learning_curves, reliability

HISTORY = {"epoch": [1, 2, 3], "loss": [9.0, 4.0, 2.0], "val_loss": [8.0, 5.0, 4.0], "val_cer": [0.9, 0.2, 0.3]}
FIGURES: dict[str, Callable[[], bytes]] = {
    "learning curves": lambda: learning_curves(HISTORY),
    "one epoch": lambda: learning_curves({name: column[:1] for name, column in HISTORY.items()}),
    "reliability": lambda: reliability([CalibrationBin(0.9, 1.0, 4, 0.95, 0.5)]),
    "lengths": lambda: cer_by_length([LengthErrors(3, 5, 0.1, 0.5), LengthErrors(7, 1, 2.0, 0.0)]),
    "characters": lambda: errors_by_character(
        [
            CharacterErrors(" ", 4, 1, 1, 0, 0.5),
            CharacterErrors("$", 2, 0, 1, 0, 0.5),
            CharacterErrors("S", 0, 0, 0, 3, None),
        ]
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_pictures_with_the_same_bytes_each_time_whatever_the_users_style(name: str) -> None:
    png = FIGURES[name]()
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (544, 1536)
    assert (picture < 128).mean() > 0.001
    assert b"Software" not in png
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert FIGURES[name]() == png


def test_figures_leave_the_users_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    learning_curves(HISTORY)
    assert dict(matplotlib.rcParams) == before


def test_a_better_epoch_changes_the_curves() -> None:
    assert learning_curves({**HISTORY, "val_cer": [0.9, 0.2, 0.1]}) != learning_curves(HISTORY)
