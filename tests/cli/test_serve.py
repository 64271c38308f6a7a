from inkpipe.cli import _parser
from inkpipe.server.request_limits import Limits


def test_the_limits_that_the_help_shows_are_those_of_the_server():
    """The command line repeats them, so that its help need not import the server."""
    given = _parser().parse_args(["serve"])
    assert Limits(given.max_bytes, given.max_items, given.max_pixels) == Limits()
