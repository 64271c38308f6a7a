"""Charts are well-formed SVG with the bars, titles and marks that were asked for."""

from xml.etree import ElementTree

from inkpipe.contract.charts import MARK, bar_chart


def test_bars_are_as_high_as_their_shares_and_rare_names_marked():
    svg = bar_chart(["<", "B"], {"train": [0.5, 0.25], "test": [0.0, 0.5]}, marked={"B"})
    tree = ElementTree.fromstring(svg)
    bars = [element for element in tree if element.tag == "rect"]
    assert [float(bar.get("height")) for bar in bars] == [200, 0, 100, 200]
    assert [bar[0].text for bar in bars] == [
        "<, train: 50.00%",
        "<, test: 0.00%",
        "B, train: 25.00%",
        "B, test: 50.00%",
    ]
    assert [element.text for element in tree if element.get("fill") == MARK] == ["B"]


def test_only_every_nth_name_is_written():
    tree = ElementTree.fromstring(bar_chart([*"ABCDE"], {"train": [0.2] * 5}, every=2))
    assert [e.text for e in tree if e.tag == "text" and e.text.isalpha()] == ["A", "C", "E"]


def test_nothing_to_show():
    assert ElementTree.fromstring(bar_chart([], {"train": []})).get("width") == "1000"
