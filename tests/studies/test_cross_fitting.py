import pytest

from inkpipe.errors import InkpipeError
from inkpipe.studies.cross_fitting import fold_rows


@pytest.mark.parametrize("folds", [2, 3, 10])
def test_each_image_is_in_one_fold(folds):
    parts = fold_rows(10, folds, 1)
    assert sorted(row for part in parts for row in part) == list(range(10))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert all(part == sorted(part) for part in parts)


def test_folds_follow_their_seed():
    assert fold_rows(100, 2, 1) == fold_rows(100, 2, 1)
    assert fold_rows(100, 2, 1) != fold_rows(100, 2, 2)


@pytest.mark.parametrize(("count", "folds"), [(10, 1), (10, 0), (2, 3)])
def test_folds_that_cannot_be_made_are_refused(count, folds):
    with pytest.raises(InkpipeError, match=f"{folds} folds of {count} images"):
        fold_rows(count, folds, 1)
