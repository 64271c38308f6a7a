import pytest

from inkpipe.errors import InkpipeError
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


def overfill():
    ledger = Ledger()
    ledger._database.execute("PRAGMA max_page_count = 4")
    for number in range(1000):
        ledger.add(f"k{number}", "train", f"{number}.jpg", "A" * 100, number)


@pytest.mark.parametrize("variable", ["SQLITE_TMPDIR", "TMPDIR"])
def test_no_room_names_the_temporary_folder_and_what_to_do(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("SQLITE_TMPDIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    message = rf"in the temporary folder {tmp_path}. Received: database or disk is full. .*SQLITE_TMPDIR or TMPDIR"
    with pytest.raises(InkpipeError, match=message):
        overfill()


def test_a_temporary_folder_that_is_not_there_is_not_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path / "absent"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(InkpipeError, match=f"in the temporary folder {tmp_path}. Received"):
        overfill()
