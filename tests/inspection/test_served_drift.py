from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.cli import main
from inkpipe.data.manifest import MANIFEST, Manifest
from inkpipe.errors import InkpipeError
from inkpipe.inspection.served_drift import served_drift
from inkpipe.inspection.served_images import SCHEMA, ServedImage, append_part
from inkpipe.rules.split_drift import LengthDrift, SizeDrift

START = datetime(2026, 1, 2, tzinfo=UTC)
LENGTH = LengthDrift(action="warn", max=0.1, significance=0.001)
SIZE = SizeDrift(action="warn", max=0.15, significance=0.001)


@pytest.fixture
def manifest(tmp_path):
    """A manifest of 2,000 training images; those that are quarantined or of another split are unlike the others."""

    def write(origin=None):
        rng = np.random.default_rng(0)
        rows = [
            {"split": "train", "filename": str(number), "label": "A" * rng.integers(3, 9), "verdict": "accepted",
             "width": rng.integers(150, 250), "height": 32, "ink": rng.uniform(0.02, 0.06), "contrast": 250.0}
            for number in range(2000)
        ]  # fmt: skip
        odd = {**rows[0], "width": 9000, "label": "A" * 99}
        rows += [odd | {"verdict": "quarantined"}] * 500 + [odd | {"split": "test"}] * 500
        table = pa.Table.from_pylist(rows, MANIFEST)
        if origin:
            values = [origin(number) for number in range(len(rows))]
            table = table.append_column("origin", pa.array(values))
        pq.write_table(table, tmp_path / "manifest.parquet")
        return Manifest(tmp_path / "manifest.parquet")

    return write


def served(count=400, **changed):
    rng = np.random.default_rng(1)
    return [
        ServedImage(START + timedelta(minutes=number), "v1", rng.integers(150, 250), 32, rng.uniform(0.02, 0.06), 250.0,
                    rng.integers(3, 9), 0.75, 0)._replace(**changed)
        for number in range(count)
    ]  # fmt: skip


def compare(rows, manifest):
    return served_drift(pa.Table.from_pylist([row._asdict() for row in rows], SCHEMA), manifest, LENGTH, SIZE)


def test_images_of_the_same_kind_are_alike(manifest):
    result = compare(served(), manifest())
    assert result.drifted == ()
    assert (result.images, result.trained_on, result.mean_confidence) == (400, 2000, 0.75)
    assert (result.since, result.until) == (START, START + timedelta(minutes=399))
    assert [each.name for each in result.compared] == ["length", "width", "height", "ink", "contrast"]
    assert result.compared[2].training == result.compared[2].served == 32


@pytest.mark.parametrize(
    ("name", "value"), [("length", 8), ("width", 300), ("height", 40), ("ink", 0.3), ("contrast", 90.0)]
)
def test_what_is_unlike_is_named(manifest, name, value):
    assert compare(served(**{name: value}), manifest()).drifted == (name,)


def test_few_images_may_be_unlike_by_chance(manifest):
    assert compare(served(3, width=240), manifest()).drifted == ()


def test_unreadable_images_are_counted_and_not_compared(manifest):
    nothing = dict.fromkeys(("width", "height", "ink", "contrast", "length", "confidence"))
    result = compare(served(300) + served(100, **nothing) + served(100, violations=2), manifest())
    assert (result.drifted, result.unreadable, result.violating) == ((), 0.2, 0.2)
    assert compare(served(5, **nothing), manifest()).mean_confidence is None


def test_of_mixed_data_real_images_count(manifest):
    assert compare(served(), manifest(lambda number: "real" if number % 2 else "synthetic")).trained_on == 1000
    assert compare(served(), manifest(lambda _: "synthetic")).trained_on == 2000


def test_no_training_image_is_one_message(tmp_path):
    pq.write_table(MANIFEST.empty_table(), tmp_path / "manifest.parquet")
    with pytest.raises(InkpipeError, match="no accepted training image"):
        compare(served(), Manifest(tmp_path / "manifest.parquet"))


def test_the_command_says_when_to_train_again(manifest, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["drift", "log", "--manifest", str(manifest().path)]
    append_part(tmp_path / "log", served(), 1)
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "400 served images, 2026-01-02 00:00 to 2026-01-02 06:39 UTC, beside 2,000 training images"
    )
    assert printed.endswith("There is no reason to train again.\n")
    append_part(tmp_path / "log", [row._replace(time=row.time + timedelta(days=1)) for row in served(width=300)], 1)
    assert main(words) == 1
    printed = capsys.readouterr().out
    (line,) = [line for line in printed.splitlines() if line.startswith("width")]
    assert line.split()[:3] == ["width", "1.000", "0.150"]
    assert line.endswith("  unlike")
    assert "unlike the training images: width. Label some of them" in printed
    assert main([*words, "--json"]) == 1
    assert '"drifted": [\n    "width"\n  ]' in capsys.readouterr().out
