import json

import pytest

from inkpipe.cli import main
from inkpipe.serving import Reader

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def images(tmp_path, monkeypatch, draw, jpeg):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(jpeg(draw("A")))
    (tmp_path / "b.jpg").write_bytes(jpeg(draw("CAB")))
    (tmp_path / "bad.jpg").write_bytes(jpeg(draw("CAB"))[:80])
    return tmp_path


def test_each_image_is_a_line_of_name_text_and_confidence(images, tiny_reader, capsys):
    reads = list(Reader.load(tiny_reader).read([(images / name).read_bytes() for name in ("a.jpg", "b.jpg")]))
    capsys.readouterr()
    assert main(["read", "a.jpg", "b.jpg", "--model", str(tiny_reader)]) == 0
    lines = [
        f"{name}\t{read.text}\t{read.confidence:.3f}\n" for name, read in zip(("a.jpg", "b.jpg"), reads, strict=True)
    ]
    assert capsys.readouterr().out == "".join(lines)


def test_bad_images_are_named_and_the_others_read(images, tiny_reader, capsys):
    assert main(["read", "bad.jpg", "a.jpg", "gone.jpg", "b.jpg", "--model", str(tiny_reader), "--json"]) == 1
    said = capsys.readouterr()
    assert [(read["image"], set(read)) for read in json.loads(said.out)] == [
        ("a.jpg", {"image", "text", "confidence"}),
        ("b.jpg", {"image", "text", "confidence"}),
    ]
    assert "inkpipe read: bad.jpg: The image is damaged." in said.err
    assert "inkpipe read: gone.jpg: No such file or directory." in said.err


def test_what_is_no_reader_is_one_message(images, capsys):
    assert main(["read", "a.jpg", "--model", "nowhere"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("inkpipe read: nowhere is not a reader")
