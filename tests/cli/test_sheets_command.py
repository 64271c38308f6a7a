from inkpipe.cli import main


def test_sheets_are_rendered_where_asked_and_named(tmp_path, capsys, monkeypatch, make_params):
    small = make_params()
    monkeypatch.setattr("inkpipe.cli.sheets.load_params", lambda: small)
    assert main(["sheets", "--out", str(tmp_path / "sheets")]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == [str(tmp_path / "sheets" / f"{name}.png") for name in ("images", "preprocessing", "augmentation")]
    assert all((tmp_path / "sheets" / name).stat().st_size > 10_000 for name in ("images.png", "preprocessing.png"))
