import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.splitting import (
    assign_splits,
    come_from_pages,
    find_groups,
    split_by_hash,
    split_of_path,
    splits_by_hash,
)
from inkpipe.sources.unit import Unit

FRACTIONS = {"test": 0.2, "validation": 0.2}


def unit(name, split=None, **extra):
    return Unit(name, 1, split, extra, None)


def names(by_split):
    return {split: [each.name for each in units] for split, units in by_split.items()}


def groups_of(units, column=None, pattern=None):
    return find_groups(units, tuple(units[0].extra), column, pattern)


@pytest.mark.parametrize("fractions", [{"test": 0.3, "validation": 0.2}, {"validation": 0.2, "test": 0.3}])
def test_fractions_of_the_names_go_to_each_split(fractions):
    splits = [split_by_hash(f"{number}.jpg", fractions) for number in range(2000)]
    assert splits.count("test") == pytest.approx(600, abs=60)
    assert splits.count("validation") == pytest.approx(400, abs=60)
    assert set(splits) == {"train", "validation", "test"}


def test_a_group_is_in_one_split_and_new_groups_move_no_other():
    units = [unit(f"{writer}_{page}.png", writer=f"w{writer}") for writer in range(100) for page in range(3)]
    found = assign_splits(units, groups_of(units), FRACTIONS, complete=False)
    assert sum(map(len, found.values())) == 300
    writers = {split: {each.extra["writer"] for each in members} for split, members in found.items()}
    assert sum(map(len, writers.values())) == 100
    assert 10 < len(writers["test"]) < 30
    fewer = assign_splits(units[:150], groups_of(units), FRACTIONS, complete=False)
    assert {each.extra["writer"] for each in fewer["test"]} == {w for w in writers["test"] if int(w[1:]) < 50}


@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_a_few_groups_leave_no_split_empty(count):
    for start in range(10):
        units = [unit(f"{i}.png", page=f"page {start} {i}") for i in range(count) for _ in range(2)]
        found = assign_splits(units, groups_of(units), FRACTIONS, complete=False)
        assert set(found) == {"train", "validation", "test"}
        assert sorted(map(len, found.values()))[0] >= 2
    two = [unit(f"{i}.png", page=str(i)) for i in range(2)]
    assert len(assign_splits(two, groups_of(two), FRACTIONS, complete=False)) <= 2


def test_a_fraction_of_zero_stays_empty():
    units = [unit(f"{i}.png", page=str(i)) for i in range(4)]
    assert set(assign_splits(units, groups_of(units), {"test": 0.0, "validation": 0.0}, complete=False)) == {"train"}


def test_splits_that_the_data_names_count():
    units = [unit("a", "test"), unit("b", "train"), unit("c", "train")]
    assert names(assign_splits(units, None, FRACTIONS, complete=False)) == {"test": ["a"], "train": ["b", "c"]}


def test_a_split_that_files_do_not_name_is_taken_from_training():
    units = [unit(f"test/{i}", "test") for i in range(5)] + [unit(f"train/{i}", "train") for i in range(200)]
    found = names(assign_splits(units, None, FRACTIONS, complete=True))
    assert found["test"] == [f"test/{i}" for i in range(5)]
    assert 20 < len(found["validation"]) < 60
    assert len(found["train"]) + len(found["validation"]) == 200


def test_names_of_splits_without_training_are_names_like_others():
    units = [unit(f"test run/{i}", "test") for i in range(100)]
    assert set(assign_splits(units, None, FRACTIONS, complete=True)) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("columns", "column", "by"),
    [
        (("page", "Writer"), None, "column Writer"),
        (("group", "writer"), None, "column group"),
        (("date",), None, None),
        ((), None, None),
        (("date", "writer"), "date", "column date"),
    ],
)
def test_the_column_of_the_group(columns, column, by):
    found = find_groups([], columns, column, None)
    assert (found and found.by) == by


def test_a_pattern_counts_before_columns():
    units = [unit("ms1_f02.png", writer="w"), unit("cover.png", writer="w")]
    groups = groups_of(units, pattern=r"^(ms\d+)_")
    assert [groups.of(each) for each in units] == ["ms1", None]
    assert groups_of(units, pattern=r"ms\d").of(units[0]) == "ms1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"column": "scribe"}, "group_column names no column.* Received: 'scribe'; the data has: writer"),
        ({"pattern": "^x"}, r"group_pattern finds no group in any name. Received: '\^x', and names such as a.png"),
    ],
)
def test_groups_that_cannot_be_found_are_told(options, message):
    with pytest.raises(InkpipeError, match=message):
        groups_of([unit("a.png", writer="w")], **options)


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("data/train-00000-of-00002.parquet", "train"),
        ("train/val/0001.png", "validation"),
        ("Training/0001.png", "train"),
        ("lines/DEV_set/0001.png", "validation"),
        ("x/test.tsv", "test"),
        ("contest/0001.png", None),
        ("train_test/0001.png", None),
        ("0001.png", None),
    ],
)
def test_the_split_that_a_path_names(path, split):
    assert split_of_path(path) == split


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([f"{page:04}_line_{line}.png" for page in range(3) for line in range(4)], True),
        ([f"p{page}_{line}.jp2" for page in range(3) for line in range(4)], True),
        ([f"page {page}/{line}.png" for page in range(3) for line in range(4)], True),
        ([f"TRAIN_{number:05}.jpg" for number in range(12)], False),
        ([f"images/{number}.jpg" for number in range(12)], False),
        (["anne.jpg", "lea.jpg"], False),
        ([], False),
    ],
)
def test_lines_of_pages_show_in_their_names(files, expected):
    assert come_from_pages(files) is expected


@pytest.mark.parametrize(
    ("named", "complete", "expected"),
    [
        ([None, None], False, {"validation", "test"}),
        (["train", "test"], False, set()),
        (["train", None], False, {"validation", "test"}),
        (["train", "validation"], True, {"test"}),
        (["validation"], True, {"validation", "test"}),  # names that name no training split are ignored
    ],
)
def test_the_fractions_decide_on_splits_that_the_data_does_not_name(named, complete, expected):
    units = [unit(str(number), split) for number, split in enumerate(named)]
    assert splits_by_hash(units, complete=complete) == expected
