import pytest

from inkpipe.cli import main
from inkpipe.cli.learning_curve import parse_fractions


def test_fractions_stand_between_commas():
    assert parse_fractions("0.1, 0.25,1") == [0.1, 0.25, 1.0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fractions", "a,1"], "numbers with commas. Received: 'a,1'"),
        (["--seeds", "0"], "needs a seed. Received: --seeds 0"),
        (["--epochs", "0"], "This command trains. Received: 0 epochs"),
    ],
)
def test_wrong_arguments_end_in_one_message(tmp_path, monkeypatch, capsys, arguments, says, params_file):
    monkeypatch.chdir(tmp_path)
    params_file(tmp_path)
    assert main(["learning-curve", *arguments]) == 1
    assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
