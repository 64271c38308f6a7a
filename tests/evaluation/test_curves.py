import dataclasses

import cv2
import matplotlib
import numpy as np
import pytest

from inkpipe.evaluation.curves import learning_curves


@pytest.mark.parametrize("epochs", [1, 3])
def test_curves_have_the_same_bytes_each_time_whatever_the_users_style(history, epochs):
    png = learning_curves(history[:epochs])
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (544, 1536)
    assert (picture < 128).mean() > 0.001
    assert b"Software" not in png
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert learning_curves(history[:epochs]) == png


def test_curves_leave_the_users_settings_alone(history):
    before = dict(matplotlib.rcParams)
    learning_curves(history)
    assert dict(matplotlib.rcParams) == before


def test_a_better_epoch_changes_the_curves(history):
    better = [*history[:2], dataclasses.replace(history[2], val_cer=0.1)]
    assert learning_curves(better) != learning_curves(history)
