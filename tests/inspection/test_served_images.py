from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.inspection.served_images import SCHEMA, ServedImage, append_part, read_log

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def rows(number, count=2):
    return [
        ServedImage(START + timedelta(hours=number, seconds=second), "v1", 200, 32, 0.1, 250.0, 5, 0.5, 0)
        for second in range(count)
    ]


def test_the_newest_files_stay_and_are_read_in_the_order_of_their_times(tmp_path):
    for number in (0, 2, 1, 3):
        append_part(tmp_path / "log", rows(number), max_rows=5)
    table = read_log(tmp_path / "log")
    assert table.schema == SCHEMA
    assert [time.hour for time in table["time"].to_pylist()] == [4, 4, 5, 5, 6, 6]
    assert table.slice(0, 1).to_pylist() == [rows(1)[0]._asdict() | {"ink": pytest.approx(0.1)}]
    (first, *_) = sorted((tmp_path / "log").iterdir())
    assert first.name == "served-20260102T040405.000000.parquet"
    assert len(read_log(first)) == 2


def test_files_of_few_rows_stay_until_newer_ones_have_enough(tmp_path):
    for number in range(8):
        append_part(tmp_path, rows(number, count=1 + number % 2), max_rows=5)
    (tmp_path / "served-9.parquet").write_text("no part")
    append_part(tmp_path, rows(8, count=1), max_rows=5)
    (tmp_path / "served-9.parquet").unlink()
    assert [time.hour for time in read_log(tmp_path)["time"].to_pylist()] == [8, 8, 9, 10, 10, 11]


def test_an_image_that_could_not_be_read_has_nulls(tmp_path):
    append_part(tmp_path, [ServedImage(START, "v1", None, None, None, None, None, None, 0)], 1)
    (row,) = read_log(tmp_path).to_pylist()
    assert {name for name, value in row.items() if value is None} == {
        "width", "height", "ink", "contrast", "length", "confidence"
    }  # fmt: skip


def test_what_is_no_log_is_one_message(tmp_path):
    with pytest.raises(InkpipeError, match=r"is empty\. Received: .*Give the folder that"):
        read_log(tmp_path)
    (tmp_path / "served-x.parquet").write_text("none")
    with pytest.raises(InkpipeError, match="no log of served images"):
        read_log(tmp_path)
    pq.write_table(SCHEMA.empty_table().drop_columns(["ink"]), tmp_path / "served-x.parquet")
    with pytest.raises(InkpipeError, match=r"no log of served images.*ink"):
        read_log(tmp_path)
    with pytest.raises(InkpipeError, match=r"no log of served images\. Received: .*/gone, which does not exist\."):
        read_log(tmp_path / "gone")
