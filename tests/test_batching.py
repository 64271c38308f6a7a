import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.batching import batched


@given(items=st.lists(st.integers()), size=st.integers(1, 10))
def test_batches_joined_are_the_items_and_all_but_the_last_are_full(items, size):
    batches = list(batched(iter(items), size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)


def test_only_one_batch_is_taken_from_the_stream_at_a_time():
    stream = iter(range(10))
    assert next(batched(stream, 3)) == [0, 1, 2]
    assert next(stream) == 3


@pytest.mark.parametrize("size", [1, 5])
def test_an_empty_stream_has_no_batch(size):
    assert list(batched([], size)) == []
