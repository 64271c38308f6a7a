from inkpipe.sources.archive import Entry
from inkpipe.sources.ledger import Ledger


def test_labels_and_files_are_joined_in_the_order_of_files():
    ledger = Ledger()
    assert ledger.add("k1", "train", "1.jpg", "ONE", 2)
    assert ledger.add("k2", "train", "2.jpg", None, 3)
    assert ledger.add("k3", "test", "3.jpg", "THREE", 4)
    second, first = Entry("x/2.jpg", 7, 1, 2, 4_000_000_000, 8), Entry("x/1.jpg", 9)
    assert ledger.match("k1", first)
    assert ledger.match("k2", second)
    assert list(ledger.matched("train")) == [("2.jpg", None, second), ("1.jpg", "ONE", first)]
    assert ledger.counts() == {"train": 2}
    assert list(ledger.unmatched()) == [("test", "3.jpg", "THREE", 4)]


def test_the_first_label_and_the_first_file_of_a_key_stay():
    ledger = Ledger()
    assert ledger.add("k", "train", "1.jpg", "ONE", 2)
    assert not ledger.add("k", "test", "2.jpg", "TWO", 3)
    assert ledger.holds("k", "ONE")
    assert not ledger.holds("k", "TWO")
    assert not ledger.holds("k", None)
    assert ledger.match("k", Entry("a", 0))
    assert not ledger.match("k", Entry("b", 1))
    assert not ledger.match("unknown", Entry("c", 2))
    assert list(ledger.matched("train")) == [("1.jpg", "ONE", Entry("a", 0))]
