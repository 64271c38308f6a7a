import errno
import os
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.files import (
    own_directory,
    project_path,
    project_root,
    read_json,
    sha256_file,
    whole_directory,
    whole_file,
    write_csv,
    write_json,
)


def test_a_directory_appears_whole(tmp_path):
    with whole_directory(tmp_path / "out") as partial:
        (partial / "a").write_text("1")
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out/a").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_writer_leaves_the_earlier_directory_untouched(tmp_path):
    with whole_directory(tmp_path / "out") as partial:
        (partial / "a").write_text("earlier")
    with pytest.raises(ZeroDivisionError), whole_directory(tmp_path / "out") as partial:
        (partial / "a").write_text("later")
        raise ZeroDivisionError
    assert (tmp_path / "out/a").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_directory_replaces_all_that_was_there(tmp_path):
    for name in ("a", "b"):
        with whole_directory(tmp_path / "out") as partial:
            (partial / name).touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b"]


def test_a_failed_writer_leaves_the_earlier_file_untouched(tmp_path):
    target = tmp_path / "deep/file.txt"
    with whole_file(target) as partial:
        partial.write_text("earlier")
    with pytest.raises(ZeroDivisionError), whole_file(target) as partial:
        partial.write_text("later")
        raise ZeroDivisionError
    assert target.read_text() == "earlier"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_a_table_has_its_columns_without_a_row_and_line_feeds_alone(tmp_path):
    write_csv(tmp_path / "none.csv", ["name", "n"], [])
    write_csv(tmp_path / "some.csv", ["name", "n"], [("é, è", 1), ("b", None)])
    assert (tmp_path / "none.csv").read_bytes() == b"name,n\n"
    assert (tmp_path / "some.csv").read_bytes() == 'name,n\n"é, è",1\nb,\n'.encode()


def test_no_permission_is_one_clear_message_and_none_where_the_output_is_not_concerned(tmp_path):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    for place in (tmp_path, tmp_path / ".out.partial" / "a.csv", tmp_path.parent):
        with pytest.raises(InkpipeError, match="No permission to write .*out"), whole_directory(tmp_path / "out"):
            refuse(place)
    with pytest.raises(PermissionError), whole_directory(tmp_path / "out"):
        refuse("/usr/bin/program")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("whole", [whole_directory, whole_file])
def test_a_full_disk_is_one_clear_message(tmp_path, whole, number):
    message = rf"disk is full. Received: {os.strerror(number)} for .*out. Make room and run again"
    with pytest.raises(InkpipeError, match=message), whole(tmp_path / "out"):
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


def test_json_has_the_same_bytes_whatever_the_order(tmp_path):
    write_json(tmp_path / "a", {"b": 1, "a": "\u00e9"})
    write_json(tmp_path / "b", {"a": "\u00e9", "b": 1})
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")
    assert read_json(tmp_path / "a", "x") == {"a": "\u00e9", "b": 1}


def test_absent_and_broken_json_name_the_stage(tmp_path):
    with pytest.raises(InkpipeError, match="dvc repro train"):
        read_json(tmp_path / "none.json", "train")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InkpipeError, match="not JSON"):
        read_json(tmp_path / "bad.json", "train")


def test_project_root_is_what_dvc_says_else_the_nearest_pipeline(tmp_path, monkeypatch):
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "a/b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert project_root() == tmp_path
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")
    assert str(project_root()) == "/elsewhere"


def test_a_path_of_params_counts_from_the_project_and_knows_home(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", "/project")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(project_path("a/b.zip")) == "/project/a/b.zip"
    assert project_path("~/b.zip") == tmp_path / "b.zip"
    assert str(project_path("/b.zip")) == "/b.zip"


def test_the_home_of_nobody_is_named():
    with pytest.raises(InkpipeError, match=r"names the home folder of an unknown user. Received: ~no-such-user/x.zip"):
        project_path("~no-such-user/x.zip")


def write_own(target, command="corrections --out", content="1"):
    with own_directory(target, command) as partial:
        (partial / "deep").mkdir()
        (partial / "deep/a").write_text(content)


def test_a_folder_of_a_person_is_new_empty_or_an_earlier_output(tmp_path):
    for content in ("1", "2"):
        write_own(tmp_path / "out", content=content)
        assert (tmp_path / "out/deep/a").read_text() == content
    (tmp_path / "empty").mkdir()
    write_own(tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "out"]


@pytest.mark.parametrize("name", ["b", "deep/b", "deep/a"])
def test_a_folder_with_other_files_stays_as_it_is(tmp_path, name):
    write_own(tmp_path / "out")
    (tmp_path / "out" / name).write_text("mine")
    message = rf"The folder of the output is not empty. Received: .*out with {name}. Name a new one,"
    with pytest.raises(InkpipeError, match=message):
        write_own(tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_the_output_of_another_command_is_not_replaced(tmp_path):
    write_own(tmp_path / "out")
    with pytest.raises(InkpipeError, match="is not empty"):
        write_own(tmp_path / "out", "label-studio export")
    (tmp_path / "file").touch()
    with pytest.raises(InkpipeError, match=r"is not a folder. Received: .*file"):
        write_own(tmp_path / "file")


@pytest.mark.parametrize("target", [".", "..", "/"])
@pytest.mark.parametrize("whole", [whole_directory, whole_file, write_own])
def test_an_output_has_a_name(whole, target):
    with pytest.raises(InkpipeError, match="needs a name of its own"), whole(Path(target)):
        pass


@pytest.mark.parametrize(
    ("name", "message"),
    [("folder", "is a folder. Received: .*folder"), ("file/a/b", "lie below a file. Received: .*b, and .*file is")],
)
def test_a_file_has_a_place(tmp_path, name, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InkpipeError, match=message), whole_file(tmp_path / name):
        pass
