from pathlib import Path

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


def test_fractions_of_mixed_data_are_of_the_real_images(mixed_project, trained_on, capsys):
    assert main(["learning-curve", "--fractions", "0.25,1"]) == 0
    out, err = capsys.readouterr()
    said = (
        "training images are counted without the 6 synthetic ones, which train.mix adds to any part of the 8 real ones"
    )
    assert f"{said}\ntraining 1 of 2: 2 images, seed 42\n" in err
    printed = out.splitlines()
    assert [line.partition(", seed")[0] for line in printed if "validation CER" in line] == [
        "        2 images", "        8 images",
    ]  # fmt: skip
    assert "2 x the labels (16)" in printed[-4]
    table = Path("data/learning_curve/learning_curve.csv").read_text().splitlines()
    assert [line.split(",")[::2][:2] for line in table] == [["fraction", "n"], ["0.25", "2"], ["1.0", "8"]]
    part, whole = ([gray for gray in grays if gray < 100] for grays in trained_on)
    assert whole == list(range(8))
    assert part == sorted(set(part)) * 4
    assert len(set(part)) == 2
    assert [[gray for gray in grays if gray >= 100] for grays in trained_on] == [list(range(100, 106))] * 2


@pytest.mark.parametrize("values", [{"train.mix.synthetic_fraction": 1.0}, {"train.mix.synthetic_epochs": 2}])
def test_a_mixture_whose_epochs_have_no_real_image_is_refused(mixed_project, values, capsys):
    mixed_project(values)
    assert main(["learning-curve"]) == 1
    assert "trains on real images, and no epoch has one. Received: train.mix" in capsys.readouterr().err
