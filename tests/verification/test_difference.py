import json

import cv2
import h5py
import numpy as np
import pandas as pd
import pytest

from inkpipe.verification.difference import first_difference


def write_h5(path, value):
    with h5py.File(path, "w") as file:
        file["layers/dense/kernel"] = np.array([[1.0, 2.0], [3.0, value]])
        file["a/bias"] = np.zeros(2)


def write_png(path, value):
    image = np.zeros((4, 6), np.uint8)
    image[2, 5] = value
    cv2.imwrite(str(path), image)


def write_records(path, value):
    records = [b"one", b"two" + bytes([value])]
    path.write_bytes(b"".join(len(each).to_bytes(8, "little") + b"crc1" + each + b"crc2" for each in records))


WRITERS = {
    "a.json": lambda path, value: path.write_text(json.dumps({"x": {"cer": value}, "same": 1})),
    "a.csv": lambda path, value: path.write_text(f"n\n1\n{value}\n"),
    "a.parquet": lambda path, value: pd.DataFrame({"name": ["p", "q"], "n": [1, value]}).to_parquet(path),
    "a.weights.h5": write_h5,
    "a.png": write_png,
    "a.npz": lambda path, value: np.savez(path, first=np.zeros(2), second=np.array([value])),
    "a.tfrecord": write_records,
    "a.bin": lambda path, value: path.write_bytes(b"abc" + bytes([value])),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.json", "x.cer: 7 and 8"),
        ("a.csv", "line 3: '7' and '8'"),
        ("a.parquet", "row 1, column n: 7 and 8"),
        ("a.weights.h5", "weight layers/dense/kernel[1, 1]: np.float64(7.0) and np.float64(8.0)"),
        ("a.png", "pixel row 2, column 5: np.uint8(7) and np.uint8(8)"),
        ("a.npz", "array second"),
        ("a.tfrecord", "record 2"),
        ("a.bin", "byte 3, of 4 and 4 bytes"),
    ],
)
def test_the_first_difference_is_named_in_the_terms_of_the_format(tmp_path, name, expected):
    for folder, value in (("one", 7), ("other", 8), ("same", 7)):
        (tmp_path / folder).mkdir()
        WRITERS[name](tmp_path / folder / name, value)
    assert first_difference(tmp_path / "one" / name, tmp_path / "other" / name) == expected
    assert first_difference(tmp_path / "one" / name, tmp_path / "one" / name) is None
    assert first_difference(tmp_path / "one", tmp_path / "other") == f"{name}: {expected}"


def test_files_of_the_same_content_and_other_bytes_differ_by_a_byte(tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1}')
    (tmp_path / "b.json").write_text('{"a":  1}')
    assert first_difference(tmp_path / "a.json", tmp_path / "b.json") == "byte 6, of 8 and 9 bytes"


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("a.csv", "a.bin", "a.tfrecord")])
def test_damaged_files_differ_by_a_byte(tmp_path, name):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / name).write_bytes(b"\xff\xfe1")
    (tmp_path / name).write_bytes(b"\xff\xfe22")
    assert first_difference(tmp_path / "one" / name, tmp_path / name) == "byte 2, of 3 and 4 bytes"


def test_a_file_of_one_side_only_is_a_difference(tmp_path):
    for folder in ("one", "other"):
        (tmp_path / folder / "sub").mkdir(parents=True)
    (tmp_path / "other" / "sub" / "new.csv").write_text("x")
    assert first_difference(tmp_path / "one", tmp_path / "other") == "sub/new.csv: only one of the two runs made it"
