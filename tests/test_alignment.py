import pytest

from inkpipe.alignment import frames_needed


@pytest.mark.parametrize(("label", "frames"), [("", 0), ("ANA", 3), ("ANNA", 5), ("AAA", 5)])
def test_equal_neighbors_need_a_blank_between_them(label, frames):
    assert frames_needed(label) == frames
