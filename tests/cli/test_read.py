import json

import pytest

from inkpipe.cli import main
from inkpipe.serving import Recognizer

pytest_plugins = ["tests.tiny"]


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
        f"{name}\t{text}\t{confidence:.3f}\n"
        for name, (text, confidence) in zip(("a.jpg", "b.jpg"), predictions, strict=True)
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
