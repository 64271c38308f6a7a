import cv2
import numpy as np
import pytest
from tests.documents import box

from inkpipe.cutting import cut_line, plan_line

PAPER, INK = 200, 20


def page(height=200, width=300):
    return np.full((height, width), PAPER, np.uint8)


def points(*pairs):
    return np.array(pairs, np.float64)


def cut(image, outline, baseline=None, background=None):
    plan = plan_line(points(*outline), None if baseline is None else points(*baseline))
    return cut_line(image, np.full_like(image, 150) if background is None else background, plan)


def test_a_box_is_cut_as_it_is():
    image = np.random.default_rng(0).integers(0, 256, (200, 300)).astype(np.uint8)
    assert (cut(image, box(20, 30, 120, 70)) == image[30:70, 20:120]).all()


def test_outside_of_the_outline_the_background_shows():
    image = page()
    image[:] = INK
    line = cut(image, [(50, 50), (100, 50), (50, 100)])
    assert line.shape == (50, 50)
    assert line[5, 5] == INK
    assert line[45, 45] == 150


@pytest.mark.parametrize(
    "baseline", [[(20, 60), (120, 60)], [(20, 59), (70, 62), (120, 60)], [(20, 60), (60, 60), (50, 20), (120, 60)]]
)
def test_a_level_or_tangled_baseline_moves_no_pixel(baseline):
    image = np.random.default_rng(0).integers(0, 256, (200, 300)).astype(np.uint8)
    assert (cut(image, box(20, 30, 120, 70), baseline) == image[30:70, 20:120]).all()


def ink_rows(line):
    return np.flatnonzero((line < 100).any(axis=1))


@pytest.mark.parametrize("slope", [-0.3, -0.1, 0.1, 0.3])
@pytest.mark.parametrize("reverse", [False, True], ids=["left to right", "right to left"])
def test_a_sloping_line_is_cut_level(slope, reverse):
    image = page()
    ends = [(30, 100), (270, round(100 + 240 * slope))]
    cv2.line(image, *ends, INK, 3)
    outline = [(x, y - 20) for x, y in ends] + [(x, y + 10) for x, y in reversed(ends)]
    line = cut(image, outline, ends[::-1] if reverse else ends)
    assert line.shape[0] <= 33
    assert len(ink_rows(line)) <= 7
    assert ink_rows(line).mean() == pytest.approx(20, abs=2)


def test_a_curved_line_is_cut_level():
    image = page()
    x = np.arange(30, 271)
    y = 100 + 30 * np.sin((x - 30) / 240 * np.pi)
    curve = np.stack([x, y], axis=1)
    cv2.polylines(image, [np.round(curve).astype(np.int32)], isClosed=False, color=INK, thickness=3)
    outline = np.concatenate([curve - np.array([0, 25]), curve[::-1] + np.array([0, 10])])
    line = cut(image, outline.tolist(), curve[::20].tolist())
    assert line.shape == (35, 240)
    assert len(ink_rows(line)) <= 7


@pytest.mark.parametrize(("ends", "bar_on"), [([(100, 20), (100, 180)], "left"), ([(100, 180), (100, 20)], "right")])
def test_a_vertical_line_is_turned_in_the_direction_of_its_baseline(ends, bar_on):
    image = page()
    image[20:30, 80:110] = INK  # at the upper end of the line
    line = cut(image, box(80, 20, 110, 180), ends)
    assert line.shape == (30, 160)
    dark = np.flatnonzero((line < 100).any(axis=0))
    assert dark.max() < 12 if bar_on == "left" else dark.min() > 147


def test_a_line_without_extent_is_a_pixel():
    assert cut(page(), [(50, 50), (50, 50), (50, 50)]).shape == (1, 1)


@pytest.mark.parametrize("corners", [box(10, 199.8, 200, 200), box(299.8, 10, 300, 20), box(0, 0, 0.2, 9)])
def test_a_line_of_less_than_a_pixel_at_the_edge_has_a_pixel(corners):
    assert min(cut(page(), corners).shape) == 1


def test_a_line_at_the_edge_ends_there():
    assert cut(page(), box(280, 190, 300, 200)).shape == (10, 20)
