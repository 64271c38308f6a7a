import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import MAX_FILE_BYTES, require_readable_size


def test_a_file_of_the_largest_size_is_readable():
    require_readable_size("a.jpg", MAX_FILE_BYTES)


def test_a_larger_file_is_named_with_its_size():
    with pytest.raises(InkpipeError, match=r"Received: a.jpg of 134,217,729 bytes. Remove it"):
        require_readable_size("a.jpg", MAX_FILE_BYTES + 1)
