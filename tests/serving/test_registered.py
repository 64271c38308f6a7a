import pytest

from inkpipe.errors import InkpipeError
from inkpipe.serving.registered import running
from inkpipe.vocabulary import Vocabulary


def test_a_model_that_cannot_be_run_is_one_error_with_the_reason(tmp_path):
    with running(tmp_path / "nothing", Vocabulary(("A",))) as reader:
        with pytest.raises(
            InkpipeError, match=r"registered reader cannot be run .*Received: .*nothing.* requirements\.txt"
        ):
            list(reader.read_each([("a", b"image")]))
        with pytest.raises(InkpipeError, match="registered reader cannot be run"):
            list(reader.read_each([("a", b"image")]))
