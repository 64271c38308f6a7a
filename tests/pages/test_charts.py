import subprocess
import sys
from xml.etree import ElementTree

import cv2
import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from inkpipe.pages.charts import INK, MARK, SERIES, draw, grouped_bars, percent_axis, whole_numbers

SVG = "{http://www.w3.org/2000/svg}"
SCRIPT = """
import hashlib
from inkpipe.pages.charts import draw, grouped_bars
bars = grouped_bars(["A", "B"], {"train": [0.5, 0.25]}, marked={"B"})
for kind in ("png", "svg"):
    print(hashlib.sha256(draw(bars, lambda axes: axes.plot([1, 2], marker="o"), format=kind)).hexdigest())
"""


def line(axes):
    axes.plot([0, 1], [0.2, 0.4], color=INK, marker="o")
    percent_axis(axes)


def svg(*panels, **settings):
    return ElementTree.fromstring(draw(*panels, format="svg", **settings))


def texts(tree):
    return ["".join(element.itertext()).strip() for element in tree.iter(f"{SVG}text")]


def bars(tree, color):
    """The top and bottom of each filled path of a color, in points from the top."""
    paths = [e.get("d") for e in tree.iter(f"{SVG}path") if f"fill: {color}" in (e.get("style") or "")]
    points = [
        [float(y) for y in path.replace("M", "").replace("L", "").replace("z", "").split()[1::2]] for path in paths
    ]
    return [(min(ys), max(ys)) for ys in points]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_drawing_gives_the_same_bytes_whatever_the_users_style(kind):
    picture = draw(line, format=kind)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": "other"}):
        assert draw(line, format=kind) == picture


def test_other_processes_give_the_same_bytes():
    runs = {subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


def test_pictures_hold_no_date_and_no_version():
    assert b"Software" not in draw(line)
    assert b"Matplotlib" not in draw(line, format="svg")
    assert b"date" not in draw(line, format="svg")


def test_a_png_has_the_standard_size_or_the_one_that_is_asked_for():
    picture = cv2.imdecode(np.frombuffer(draw(line), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (544, 1536)
    small = cv2.imdecode(np.frombuffer(draw(line, width=2, height=1), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert small.shape == (160, 320)


def test_an_svg_is_one_element_for_a_page_with_text_as_text():
    picture = draw(lambda axes: axes.set(title="A <title>"), format="svg")
    assert picture.startswith(b"<svg")
    assert "A <title>" in texts(ElementTree.fromstring(picture))


def test_panels_stand_side_by_side():
    axes = []
    draw(axes.append, axes.append)
    assert [each.get_subplotspec().get_geometry()[:2] for each in axes] == [(1, 2), (1, 2)]


def test_drawing_leaves_the_users_settings_alone():
    before = dict(matplotlib.rcParams)
    draw(line)
    assert dict(matplotlib.rcParams) == before


def test_bars_are_as_high_as_their_fractions():
    tree = svg(grouped_bars(["<", "B"], {"train": [0.5, 0.25], "test": [0.0, 0.5]}))
    first, second = ([bottom - top for top, bottom in bars(tree, color)] for color in SERIES[:2])
    assert first[1] == pytest.approx(first[0] / 2, rel=1e-3)
    assert second == pytest.approx([0, first[0]], rel=1e-3)
    assert {"<", "B", "0%", "50%"} <= set(texts(tree))


def test_marked_names_are_red():
    tree = svg(grouped_bars(["A", "B"], {"train": [0.5, 0.25]}, marked={"B"}))
    assert [e.text for e in tree.iter(f"{SVG}text") if f"fill: {MARK}" in (e.get("style") or "")] == ["B"]


def test_only_every_nth_name_is_written():
    tree = svg(grouped_bars([*"ABCDE"], {"train": [0.2] * 5}, every=2))
    assert [text for text in texts(tree) if text.isalpha()] == ["A", "C", "E"]


def test_names_are_never_formulas():
    assert {"$x$", "$"} <= set(texts(svg(grouped_bars(["$x$", "$"], {"train": [0.5, 0.5]}))))


def test_hundreds_of_groups_fit_a_wide_figure():
    names = [str(i) for i in range(300)]
    tree = svg(grouped_bars(names, {name: [0.1] * 300 for name in "abc"}, every=10), width=30)
    assert len(bars(tree, SERIES[0])) == 300


def test_bars_of_nothing_are_empty_axes():
    assert bars(svg(grouped_bars([], {"train": []})), SERIES[0]) == []


def test_whole_numbers_are_for_the_named_axes():
    panels = []

    def panel(axes):
        axes.plot([0, 1, 2], [0.0, 1.0, 2.0])
        whole_numbers(axes, x=True)
        panels.append(axes)

    draw(panel)
    assert all(tick == int(tick) for tick in panels[0].get_xticks())
    assert any(tick != int(tick) for tick in panels[0].get_yticks())


@pytest.mark.parametrize(("values", "ticks"), [([1], [1]), ([1, 2], [1, 2]), (range(1, 6), [1, 2, 3, 4, 5])])
def test_whole_numbers_stay_whole_where_there_is_only_one(values, ticks):
    axes = Figure().subplots()
    axes.plot(values, values, marker=".")
    whole_numbers(axes, x=True)
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == ticks
