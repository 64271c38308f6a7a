import pytest

from inkpipe.alignment import frames_needed, own_frames


@pytest.mark.parametrize(("label", "frames"), [("", 0), ("ANA", 3), ("ANNA", 5), ("AAA", 5)])
def test_equal_neighbors_need_a_blank_between_them(label, frames):
    assert frames_needed(label) == frames


@pytest.mark.parametrize(("columns", "frames"), [(0, 0), (3, 0), (4, 1), (255, 63), (256, 64)])
def test_a_text_has_the_frames_that_lie_wholly_over_it(columns, frames):
    assert own_frames(columns, 256, 64) == frames
