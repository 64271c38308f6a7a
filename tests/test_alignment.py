import numpy as np
import pytest

from inkpipe.alignment import frames_needed, own_frames, padded_frames_needed

LABELS = [("", 0), ("ANA", 3), ("ANNA", 5), ("AAA", 5)]


@pytest.mark.parametrize(("label", "frames"), LABELS)
def test_equal_neighbors_need_a_blank_between_them(label, frames):
    assert frames_needed(label) == frames


def test_padding_needs_no_frame():
    padded = np.array([[ord(character) for character in label.ljust(6, "_")] for label, _ in LABELS])
    assert padded_frames_needed(padded, ord("_")).tolist() == [frames for _, frames in LABELS]


@pytest.mark.parametrize(("columns", "frames"), [(0, 0), (3, 0), (4, 1), (255, 63), (256, 64)])
def test_a_text_has_the_frames_that_lie_wholly_over_it(columns, frames):
    assert own_frames(columns, 256, 64) == frames
