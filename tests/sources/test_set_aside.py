from inkpipe.sources.set_aside import NAMED, SetAside, Tally


def test_all_are_counted_and_the_first_are_named():
    tally = Tally()
    for number in range(NAMED + 5):
        tally.add(SetAside("train", f"{number}.jpg", "image without label"))
    tally.add(SetAside("test", "1.jpg", "label without image", "ONE", 2))
    described = tally.describe()
    assert described["image without label"]["count"] == NAMED + 5
    assert [found["filename"] for found in described["image without label"]["first"]] == [
        f"{number}.jpg" for number in range(NAMED)
    ]
    assert described["label without image"] == {
        "count": 1,
        "first": [{"split": "test", "filename": "1.jpg", "label": "ONE", "line": 2}],
    }


def test_counts_are_of_all_splits_or_of_some():
    tally = Tally()
    for split in ("train", "test", "test", None):
        tally.add(SetAside(split, "1.jpg", "image without label"))
    assert tally.counts() == {"image without label": 4}
    assert tally.counts(("test", None)) == {"image without label": 3}
    assert tally.counts(("validation",)) == {}


def test_nothing_is_described_as_nothing():
    assert Tally().describe() == {}
