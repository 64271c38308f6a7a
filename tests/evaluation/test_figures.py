import cv2
import matplotlib
import numpy as np
import pytest

from inkpipe.evaluation.analysis import CharacterErrors, LengthErrors
from inkpipe.evaluation.calibration import CalibrationBin
from inkpipe.evaluation.figures import cer_by_length, errors_by_character, rejection, reliability
from inkpipe.evaluation.rejection import RejectionPoint

FIGURES = {
    "reliability": lambda: reliability([CalibrationBin(0.9, 1.0, 4, 0.95, 0.5)]),
    "three curves": lambda: reliability(*[[CalibrationBin(0.9, 1.0, 4, 0.95, 0.5)]] * 3),
    "rejection": lambda: rejection([RejectionPoint(0.9, 0.5, 0.0, 1.0), RejectionPoint(0.2, 1.0, 0.1, 0.5)]),
    "constant confidence": lambda: rejection([RejectionPoint(0.9, 1.0, 0.1, 0.5)]),
    "lengths": lambda: cer_by_length([LengthErrors(3, 3, 5, 0.1, 0.5), LengthErrors(7, 7, 1, 2.0, 0.0)]),
    "characters": lambda: errors_by_character(
        [
            CharacterErrors(" ", 4, 1, 1, 0, 0.5),
            CharacterErrors("$", 2, 0, 1, 0, 0.5),
            CharacterErrors("S", 0, 0, 0, 3, None),
        ]
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_pictures_with_the_same_bytes_each_time_whatever_the_users_style(name):
    png = FIGURES[name]()
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (544, 1536)
    assert (picture < 128).mean() > 0.001
    assert b"Software" not in png
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert FIGURES[name]() == png


def test_characters_that_no_label_has_are_not_drawn():
    rows = [CharacterErrors("A", 4, 1, 1, 0, 0.5)]
    assert errors_by_character([*rows, CharacterErrors("S", 0, 0, 0, 3, None)]) == errors_by_character(rows)
