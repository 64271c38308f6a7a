import pytest

from inkpipe.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--trials", "0"), "A sweep needs a trial. Received: --trials 0. Give at least 1."),
        (("--trials", "-3"), "A sweep needs a trial. Received: --trials -3. Give at least 1."),
        (("--workers", "0"), "A sweep needs a worker. Received: --workers 0. Give at least 1."),
    ],
)
def test_numbers_below_one_are_refused(arguments, message, capsys):
    assert main(["sweep", *arguments]) == 1
    assert message in capsys.readouterr().err
