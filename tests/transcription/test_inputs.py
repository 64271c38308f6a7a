import os
import zipfile
from pathlib import Path

import pytest

from inkpipe.imaging import UnreadableImage
from inkpipe.transcription.image_file import read_file
from inkpipe.transcription.inputs import Inputs


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with images whose bytes are their names."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.png", "a.JPG", "notes.txt", "Thumbs.db", "scans/2/d.tif", "scans/c.jpeg", "scans/.hidden.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def named(*words, lines=b""):
    return [(image.name, image.read()) for image in Inputs(words, lambda: lines)]


def own_names(*names):
    return [(name, name.encode()) for name in names]


def test_files_stand_in_the_order_of_the_words_whatever_their_names(place):
    assert named("b.png", "notes.txt", "a.JPG") == own_names("b.png", "notes.txt", "a.JPG")


def test_a_folder_gives_all_images_below_it_and_counts_other_files(place):
    inputs = Inputs(["."], bytes)
    expected = own_names("a.JPG", "b.png", "scans/c.jpeg", "scans/2/d.tif")
    for _ in range(2):  # each iteration lists and counts anew
        assert [(image.name, image.read()) for image in inputs] == expected
        assert inputs.skipped == 1  # notes.txt; Thumbs.db and .hidden.jpg are of the operating system
    assert len(inputs) == 4


def test_links_to_folders_are_not_followed(place):
    (place / "scans/loop").symlink_to(place)
    assert [name for name, _ in named("scans")] == ["scans/c.jpeg", "scans/2/d.tif"]


def test_a_pattern_gives_what_it_matches_sorted_and_what_matches_nothing_is_unreadable(place):
    assert named("*.[pJ][nP]*") == own_names("a.JPG", "b.png")
    assert [name for name, _ in named("**/*.tif", "sc*")] == ["scans/2/d.tif", "scans/c.jpeg", "scans/2/d.tif"]
    once = ["scans/c.jpeg", "scans/2/d.tif"]
    assert [name for name, _ in named("scans/**")] == [name for name, _ in named("sc**")] == once
    with zipfile.ZipFile("scans/forms.zip", "w") as archive:
        archive.writestr("z.jpg", "z.jpg")
    assert [name for name, _ in named("scans/**")] == [*once, "scans/forms.zip/z.jpg"]
    ((name, reason),) = named("*.webp")
    assert name == "*.webp"
    assert isinstance(reason, UnreadableImage)
    assert str(reason) == "No file matches the pattern. Give the path of an image file."


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(place):
    (place / "scan[1].jpg").write_bytes(b"scan[1].jpg")
    assert named("scan[1].jpg") == own_names("scan[1].jpg")


def test_a_zip_gives_its_images_without_unpacking(place):
    with zipfile.ZipFile("forms.zip", "w") as archive:
        for name in ("z.jpg", "deep/y.png", "labels.csv", "__MACOSX/z.jpg"):
            archive.writestr(name, name)
    inputs = Inputs(["forms.zip"], bytes)
    assert len(inputs) == 2
    assert [(image.name, image.read()) for image in inputs] == [
        ("forms.zip/z.jpg", b"z.jpg"),
        ("forms.zip/deep/y.png", b"deep/y.png"),
    ]
    assert inputs.skipped == 1


def test_what_is_wrong_with_a_zip_is_the_reason_of_its_row_or_of_its_entry(place):
    (place / "torn.zip").write_bytes(b"PK no zip")
    with zipfile.ZipFile("forms.zip", "w") as archive:
        archive.writestr("good.jpg", b"good")
        archive.writestr("bad.jpg", b"x" * 99)
    content = (place / "forms.zip").read_bytes()
    (place / "forms.zip").write_bytes(content.replace(b"x" * 99, b"y" * 99))
    (torn, why), (good, data), (bad, reason) = named("torn.zip", "forms.zip")
    assert (torn, good, data, bad) == ("torn.zip", "forms.zip/good.jpg", b"good", "forms.zip/bad.jpg")
    assert "is not a whole zip" in str(why)
    assert "has a corrupt entry 'bad.jpg'" in str(reason)


def test_a_list_on_standard_input_stands_where_its_dash_does(place):
    assert named("b.png", "-", lines=b"scans\n\na.JPG\r\n") == own_names(
        "b.png", "scans/c.jpeg", "scans/2/d.tif", "a.JPG"
    )


def test_names_that_are_not_utf_8_are_read(place):
    name = os.fsdecode(b"caf\xe9.jpg")
    (place / name).write_bytes(b"content")
    assert named("-", lines=b"caf\xe9.jpg\n") == [(name, b"content")]
    assert (name, b"content") in named(".")


def test_what_is_no_file_says_so_and_is_never_waited_for(place):
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    with Path("huge.tif").open("wb") as huge:
        huge.truncate(2**40)  # sparse: it takes no space
    reasons = {
        "pipe": "Not a file. Received: a fifo.",
        "/dev/zero": "Not a file. Received: a device.",
        "loop": "Too many levels of symbolic links.",
        "huge.tif": "The file is too large for an image. Received: 1,099,511,627,776 bytes",
        "gone.jpg": "No such file or directory.",
        "x" * 300: "File name too long.",
    }
    for name, reason in reasons.items():
        ((_, received),) = named(name)
        assert str(received).startswith(reason)
    assert str(read_file(place)).startswith("Is a directory.")


def test_whatever_is_wrong_with_some_files_of_a_folder_the_others_are_read(place, without_permission):
    (place / "scans/closed").mkdir()
    (place / "scans/folder.jpg").mkdir()
    (place / "scans/folder.jpg/inside.png").write_bytes(b"inside")
    (place / "scans/link.jpg").symlink_to("nowhere.jpg")
    (place / "scans/mem.jpg").symlink_to("/proc/self/mem")  # its first byte cannot be read
    (place / os.fsdecode(b"scans/caf\xe9.jpg")).write_bytes(b"content")
    for name in ("closed", "c.jpeg"):
        without_permission(Path("scans", name))
    received = [(name, image if isinstance(image, bytes) else str(image)) for name, image in named("scans")]
    assert received == [
        ("scans/c.jpeg", "Permission denied. Give the path of an image file."),
        (os.fsdecode(b"scans/caf\xe9.jpg"), b"content"),
        ("scans/link.jpg", "No such file or directory. Give the path of an image file."),
        ("scans/mem.jpg", "Input/output error. Give the path of an image file."),
        ("scans/2/d.tif", b"scans/2/d.tif"),
        ("scans/folder.jpg/inside.png", b"inside"),
        ("scans/closed", "The folder cannot be listed: Permission denied. Give the path of an image file."),
    ]


def test_a_file_that_vanishes_before_it_is_read_says_so(place):
    images = iter(Inputs(["."], bytes))
    a, b = next(images), next(images)
    (place / "b.png").unlink()
    assert (a.read(), str(b.read())) == (b"a.JPG", "No such file or directory. Give the path of an image file.")
    assert [image.read() for image in images] == [b"scans/c.jpeg", b"scans/2/d.tif"]


def test_a_folder_without_any_image_says_so(place):
    (place / "empty.jpg").mkdir()
    ((name, reason),) = named("empty.jpg")
    assert (name, str(reason).split(". ")[0]) == ("empty.jpg", "No file of the folder is an image by its name")
