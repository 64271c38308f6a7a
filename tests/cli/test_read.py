import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from inkpipe.cli import main
from inkpipe.serving import Recognizer

pytest_plugins = ["tests.tiny"]

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture
def images(tmp_path, monkeypatch, draw, jpeg):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(jpeg(draw("A")))
    (tmp_path / "b.jpg").write_bytes(jpeg(draw("CAB")))
    (tmp_path / "bad.jpg").write_bytes(jpeg(draw("CAB"))[:80])
    return tmp_path


def test_each_image_is_a_line_of_name_text_and_confidence(images, tiny_model, capsys):
    predictions = list(
        Recognizer.load(tiny_model).recognize([(images / name).read_bytes() for name in ("a.jpg", "b.jpg")])
    )
    capsys.readouterr()
    assert main(["read", "a.jpg", "b.jpg", "--model", str(tiny_model)]) == 0
    lines = [
        f"{name}\t{each.text}\t{each.confidence:.3f}\n"
        for name, each in zip(("a.jpg", "b.jpg"), predictions, strict=True)
    ]
    assert capsys.readouterr().out == "".join(lines)


def test_unreadable_images_are_named_and_the_others_recognized(images, tiny_model, capsys):
    assert main(["read", "bad.jpg", "a.jpg", "gone.jpg", "b.jpg", "--model", str(tiny_model), "--json"]) == 1
    printed = capsys.readouterr()
    assert [(answer["image"], set(answer)) for answer in json.loads(printed.out)] == [
        ("a.jpg", {"image", "text", "confidence"}),
        ("b.jpg", {"image", "text", "confidence"}),
    ]
    assert "inkpipe read: bad.jpg: The image is damaged." in printed.err
    assert "inkpipe read: gone.jpg: No such file or directory." in printed.err


def test_a_folder_that_is_no_model_is_one_message(images, capsys):
    assert main(["read", "a.jpg", "--model", "nowhere"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("inkpipe read: nowhere is not a model")


def test_names_that_are_not_utf_8_or_break_lines_are_printed_escaped(images, tiny_model, capsys, draw, jpeg):
    names = [b"caf\xe9.jpg", b"two\nlines.jpg", "\N{LATIN SMALL LETTER E WITH ACUTE}.jpg".encode()]
    for name in names:
        (images / os.fsdecode(name)).write_bytes(jpeg(draw("A")))
    paths = ["a.jpg", *map(os.fsdecode, names), "b.jpg"]
    bad = os.fsdecode(b"bad\xe9.jpg")
    assert main(["read", *paths, bad, "--model", str(tiny_model)]) == 1
    printed = capsys.readouterr()
    shown = [line.split("\t")[0] for line in printed.out.splitlines()]
    assert shown == ["a.jpg", r"caf\xe9.jpg", r"two\nlines.jpg", "\N{LATIN SMALL LETTER E WITH ACUTE}.jpg", "b.jpg"]
    assert r"inkpipe read: bad\xe9.jpg: No such file" in printed.err
    assert main(["read", *paths, "--model", str(tiny_model), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out.encode())
    assert [answer["image"] for answer in answers][1:3] == [r"caf\xe9.jpg", "two\nlines.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_a_strict_terminal_gets_every_result(images, tiny_model, draw, jpeg, encoding):
    (images / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg(draw("A")))
    (images / "\N{GREEK SMALL LETTER ALPHA}.jpg").write_bytes(jpeg(draw("A")))
    paths = [b"a.jpg", b"caf\xe9.jpg", "\N{GREEK SMALL LETTER ALPHA}.jpg".encode(), b"b.jpg"]
    command = [sys.executable, "-m", "inkpipe", "read", *paths, "--json", "--model", str(tiny_model)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    answers = json.loads(done.stdout.decode("utf-8" if "utf" in encoding else "ascii"))
    assert [answer["image"] for answer in answers] == [
        "a.jpg", r"caf\xe9.jpg", "\N{GREEK SMALL LETTER ALPHA}.jpg", "b.jpg"
    ]  # fmt: skip


def test_what_is_no_file_is_one_message_and_the_rest_goes_on(images, tiny_model, capsys):
    os.mkfifo("pipe")
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    with Path("huge.tif").open("wb") as huge:
        huge.truncate(2**40)  # sparse: it takes no space
    unreadable = ["pipe", "folder", "loop", "/dev/zero", "huge.tif", "x" * 300]
    assert main(["read", *unreadable, "a.jpg", "--model", str(tiny_model)]) == 1
    printed = capsys.readouterr()
    assert [line.split("\t")[0] for line in printed.out.splitlines()] == ["a.jpg"]
    messages = [line for line in printed.err.splitlines() if line.startswith("inkpipe read: ")]
    assert [message.split(": ")[1] for message in messages] == unreadable
    for message, why in zip(
        messages,
        ["a fifo", "Is a directory", "symbolic links", "a device", "too large for an image", "too long"],
        strict=True,
    ):
        assert why in message


def test_an_image_that_the_contract_would_quarantine_is_recognized_with_a_warning(
    images, tiny_model, capsys, draw, jpeg
):
    (images / "negative.jpg").write_bytes(jpeg(255 - draw("CAB")))
    (images / "blank.jpg").write_bytes(jpeg(np.full((32, 256), 255, np.uint8)))
    assert main(["read", "a.jpg", "negative.jpg", "blank.jpg", "--model", str(tiny_model), "--json"]) == 0
    printed = capsys.readouterr()
    plain, negative, blank = json.loads(printed.out)
    assert "warnings" not in plain
    assert negative["warnings"][0].startswith("ink_fraction: 0.9")
    assert blank["warnings"][0].startswith("ink_fraction: 0.0000 ink, contrast 0. Expected: 0.0005 to 0.6")
    (line,) = [line for line in printed.err.splitlines() if "negative.jpg" in line]
    assert line.startswith("inkpipe read: negative.jpg: ink_fraction: 0.9")
    assert "Give dark writing on a light background" in line


def test_the_warnings_are_by_the_rules_of_the_project(images, tiny_model, capsys, draw, jpeg):
    content = yaml.safe_load(PARAMS.read_text())
    content["validate"]["rules"]["image_size"]["max_height"] = 20
    (images / "params.yaml").write_text(yaml.safe_dump(content))
    assert main(["read", "a.jpg", "--model", str(tiny_model), "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["warnings"] == ["image_size: 256 x 32 pixels. Expected: 8-4096 x 8-20 pixels."]
