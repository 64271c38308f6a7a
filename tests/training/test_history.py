import pytest

from inkpipe.errors import InkpipeError
from inkpipe.training.history import COLUMNS, Epoch, best_epoch, read_history, write_history

HISTORY = [
    Epoch(1, 30.5, 20.25, 1.0, 50.0, 0.002),
    Epoch(2, 10.0, 8.125, 0.333333, 0.4, 0.001),
]


def test_a_history_comes_back_as_it_was_written(tmp_path):
    write_history(tmp_path / "history.csv", HISTORY)
    assert read_history(tmp_path / "history.csv") == HISTORY


def test_the_file_has_a_row_an_epoch_and_six_significant_digits(tmp_path):
    write_history(tmp_path / "history.csv", [Epoch(1, 30.123456789, 2e-7, 1.0, 50.0, 0.002)])
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "epoch,loss,val_loss,val_cer,val_cer_empty_penalty,learning_rate",
        "1,30.1235,2e-07,1,50,0.002",
    ]


def test_a_training_of_no_epoch_has_an_empty_history(tmp_path):
    write_history(tmp_path / "history.csv", [])
    assert read_history(tmp_path / "history.csv") == []


def test_an_absent_file_is_named_with_the_stage_that_makes_it(tmp_path):
    with pytest.raises(InkpipeError, match=r"history.csv does not exist. It is made by `dvc repro train`"):
        read_history(tmp_path / "history.csv")


@pytest.mark.parametrize(
    "content",
    ["epoch,loss\n1,2\n", f"{','.join(COLUMNS)}\n1,2,3,high,5,6\n", f"{','.join(COLUMNS)}\n1,2\n"],
    ids=["a column is missing", "no number", "a short row"],
)
def test_a_file_that_is_no_history_is_refused(tmp_path, content):
    (tmp_path / "history.csv").write_text(content)
    with pytest.raises(InkpipeError, match=r"history.csv is not a training history(.|\n)*Received"):
        read_history(tmp_path / "history.csv")


@pytest.mark.parametrize(
    ("epochs", "best"),
    [
        ([(0.5, 2.0), (0.4, 3.0), (0.6, 1.0)], 2),
        ([(1.0, 9.0), (1.0, 8.0), (1.0, 8.5)], 2),
        ([(0.3, 1.0), (0.3, 1.0)], 1),
    ],
    ids=["lower CER", "same CER, lower loss", "the same twice"],
)
def test_the_best_epoch_has_the_lowest_cer_and_of_these_the_lowest_loss(epochs, best):
    history = [Epoch(n, 1.0, loss, cer, cer, 0.1) for n, (cer, loss) in enumerate(epochs, start=1)]
    assert best_epoch(history).epoch == best


def test_metrics_are_all_columns_but_the_number():
    assert Epoch(3, 1.0, 2.0, 0.5, 0.6, 0.1).metrics() == {
        "loss": 1.0,
        "val_loss": 2.0,
        "val_cer": 0.5,
        "val_cer_empty_penalty": 0.6,
        "learning_rate": 0.1,
    }


def test_logs_of_keras_become_an_epoch():
    logs = dict.fromkeys(COLUMNS[1:], 0.5) | {"other": 1.0}
    assert Epoch.from_logs(4, logs) == Epoch(4, 0.5, 0.5, 0.5, 0.5, 0.5)
