import cv2
import numpy as np

from inkpipe.cli import main


def test_previews_are_rendered_where_asked_and_named(tmp_path, capsys, monkeypatch, make_params):
    small = make_params()
    monkeypatch.setattr("inkpipe.cli.previews.load_params", lambda: small)
    assert main(["previews", "--out", str(tmp_path / "previews")]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == [
        str(tmp_path / "previews" / f"{name}.png") for name in ("images", "preprocessing", "augmentation")
    ]
    assert all((tmp_path / "previews" / name).stat().st_size > 10_000 for name in ("images.png", "preprocessing.png"))


def test_data_without_a_readable_image_is_one_message(tmp_path, capsys, monkeypatch, make_params):
    small = make_params()
    monkeypatch.setattr("inkpipe.cli.previews.load_params", lambda: small)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "labels.csv").write_text("filename,label,split\na.png,ANNA,train\n")
    (tmp_path / "data" / "a.png").write_bytes(cv2.imencode(".png", np.zeros((9, 9), np.uint8))[1].tobytes()[:30])
    assert main(["previews", "--data", "data", "--out", "previews"]) == 1
    assert "No image can be decoded" in capsys.readouterr().err
    assert not (tmp_path / "previews").exists()
