import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from tests.documents import DocumentLine, box, page_image, page_xml, png
from tests.sessions import assert_killed_without_survivors, session_members

from inkpipe.cli import main, read
from inkpipe.serving import Recognizer, processes
from inkpipe.serving.worker import Worker
from inkpipe.transcripts import parse_transcript

pytest_plugins = ["tests.tiny"]

PARAMS = Path(__file__).parents[2] / "params.yaml"
NAMES = ("a.jpg", "b.jpg")


@pytest.fixture
def images(tmp_path, monkeypatch, draw, jpeg):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(jpeg(draw("A")))
    (tmp_path / "b.jpg").write_bytes(jpeg(draw("CAB")))
    (tmp_path / "bad.jpg").write_bytes(jpeg(draw("CAB"))[:80])
    return tmp_path


@pytest.fixture
def expected(images, light_model):
    """What the model itself predicts for the good images, with three texts each."""
    recognizer = Recognizer.load(light_model, threads=1, alternatives=3)
    return list(recognizer.recognize([(images / name).read_bytes() for name in NAMES]))


@pytest.fixture
def recognize(images, light_model, capsys):
    """Run the command with the light model: `recognize(words) -> (exit code, printed)`."""

    def run(*words):
        capsys.readouterr()
        code = main(["read", *words, "--model", str(light_model)])
        return code, capsys.readouterr()

    return run


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_each_image_is_a_line_of_name_text_and_confidence(recognize, expected):
    code, printed = recognize(*NAMES)
    lines = [f"{name}\t{each.text}\t{each.confidence:.3f}\n" for name, each in zip(NAMES, expected, strict=True)]
    assert (code, printed.out, printed.err) == (0, "".join(lines), "")


def test_keras_runs_a_model_that_has_no_onnx(images, tiny_model, expected, capsys):
    assert main(["read", *NAMES, "--model", str(tiny_model), "--format", "jsonl"]) == 0
    assert [row["text"] for row in rows(capsys.readouterr().out)] == [each.text for each in expected]


def test_neither_tensorflow_nor_mlflow_is_needed(images, light_model, expected, without_pipeline):
    command = [sys.executable, "-m", "inkpipe", "read", *NAMES, "--model", str(light_model), "--out", "rows.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, env=without_pipeline, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert pq.read_table("rows.parquet")["text"].to_pylist() == [each.text for each in expected]


def test_a_model_without_onnx_says_what_to_install_where_the_pipeline_is_not(images, tiny_model, without_pipeline):
    command = [sys.executable, "-m", "inkpipe", "read", "a.jpg", "--model", str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, env=without_pipeline, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("inkpipe read: A package is not installed. Received: keras. Install what it needs")


def test_unreadable_images_are_rows_with_a_reason_and_the_others_are_recognized(recognize):
    code, printed = recognize("bad.jpg", "a.jpg", "gone.jpg", "b.jpg", "--format", "jsonl")
    assert code == 1
    bad, a, gone, b = rows(printed.out)
    assert [row["image"] for row in (bad, a, gone, b)] == ["bad.jpg", "a.jpg", "gone.jpg", "b.jpg"]
    assert bad["error"].startswith("The image is damaged.")
    assert gone == {
        "image": "gone.jpg",
        "text": "",
        "confidence": None,
        "error": "No such file or directory. Give the path of an image file.",
    }
    assert "error" not in a | b
    assert printed.err == "inkpipe read: 2 of 4 images could not be read; their rows say why.\n"


def test_further_texts_and_the_confidence_of_each_character(recognize, expected):
    _, printed = recognize(*NAMES, "--top", "3", "--format", "jsonl")
    for row, each in zip(rows(printed.out), expected, strict=True):
        assert [alternative["text"] for alternative in row["alternatives"]] == [a.text for a in each.alternatives]
        assert row["alternatives"][1]["score"] == pytest.approx(each.alternatives[1].score, abs=1e-5)
        assert row["characters"] == pytest.approx(each.characters, abs=1e-5)


def test_confidence_filters_and_sorts_but_no_unreadable_image_is_lost(recognize, expected):
    low, high = sorted(each.confidence for each in expected)
    assert low < high
    middle = f"{(low + high) / 2:.4f}"
    words = ("b.jpg", "a.jpg", "bad.jpg", "--format", "jsonl")
    for option, kept in (("--min-confidence", high), ("--max-confidence", low)):
        _, printed = recognize(*words, option, middle)
        shown = [row["confidence"] for row in rows(printed.out)]
        assert shown == [pytest.approx(kept, abs=1e-5), None]
    _, printed = recognize(*words, "--sort", "confidence")
    assert [row["confidence"] for row in rows(printed.out)] == [
        None, pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5)
    ]  # fmt: skip


def test_a_folder_and_a_list_on_standard_input(recognize, images, monkeypatch):
    (images / "notes.txt").write_text("not an image")
    _, printed = recognize(".", "--format", "csv")
    assert [line.split(",")[0] for line in printed.out.splitlines()] == ["image", "a.jpg", "b.jpg", "bad.jpg"]
    assert "1 other file(s) of the folders and zips are no images by their names." in printed.err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"b.jpg\na.jpg\n")))
    _, printed = recognize("-")
    assert [line.split("\t")[0] for line in printed.out.splitlines()] == ["b.jpg", "a.jpg"]


def test_a_run_that_was_interrupted_goes_on_to_the_same_file(recognize, images, monkeypatch):
    words = ("a.jpg", "bad.jpg", "b.jpg", "--out", "rows.csv")
    assert recognize(*words)[0] == 1
    whole = Path("rows.csv").read_bytes()
    assert [path.name for path in images.glob("rows*")] == ["rows.csv"]
    Path("rows.csv").unlink()

    def killed(images, _total, _description):
        yield next(iter(images))
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(read, "BAR", 0)
        during.setattr(read, "track", killed)
        code, printed = recognize(*words)
        assert code == 130
        assert printed.err.endswith("inkpipe read: Interrupted.\n")
    with Path("rows.csv.partial").open("a") as journal:  # the first row came in time
        first = whole.decode().splitlines()[1].split(",")
        json.dump({"image": "a.jpg", "text": first[1], "confidence": float(first[2])}, journal)
        journal.write('\n{"image": "bad.jp')
    assert not Path("rows.csv").exists()
    code, printed = recognize(*words)
    assert code == 1
    assert "interrupted after 1 images. Received: rows.csv.partial" in printed.err
    code, printed = recognize(*words, "--resume")
    assert code == 1
    assert "1 of 3 images could not be read" in printed.err
    assert [line.split(b",")[:3] for line in Path("rows.csv").read_bytes().splitlines()] == [
        line.split(b",")[:3] for line in whole.splitlines()
    ]
    assert not Path("rows.csv.partial").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "parquet"], "--format parquet is for a file. Received: no --out."),
        (["--resume"], "--resume is for a file. Received: no --out."),
        (["--top", "0"], "--top is a number of texts. Received: 0."),
        (["--min-confidence", "0.9", "--max-confidence", "0.5"], "Received: 0.9 and 0.5."),
        (["--max-confidence", "50"], "Received: 0.0 and 50.0."),
        (["--out", "."], "The output needs a name of its own. Received: ."),
        (["--out", ".."], "The output needs a name of its own. Received: .."),
        (["--out", "folder"], "The path of the output is a folder. Received: folder."),
        (["--out", "a.jpg/rows.csv"], "The output would lie below a file. Received: a.jpg/rows.csv, and a.jpg is"),
    ],
)
def test_options_that_make_no_sense_are_one_message(recognize, images, words, message):
    (images / "folder").mkdir()
    code, printed = recognize("a.jpg", *words)
    assert (code, printed.out) == (1, "")
    assert message in printed.err


def test_a_folder_that_is_no_model_is_one_error(images, capsys):
    assert main(["read", "a.jpg", "--model", "nowhere"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("inkpipe read: nowhere is not a model")


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_a_strict_terminal_gets_every_result(images, light_model, draw, jpeg, encoding):
    (images / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg(draw("A")))
    (images / "\N{GREEK SMALL LETTER ALPHA}.jpg").write_bytes(jpeg(draw("A")))
    paths = [b"a.jpg", b"caf\xe9.jpg", "\N{GREEK SMALL LETTER ALPHA}.jpg".encode(), b"b.jpg"]
    command = [sys.executable, "-m", "inkpipe", "read", *paths, "--format", "jsonl", "--model", str(light_model)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    answers = rows(done.stdout.decode("utf-8" if "utf" in encoding else "ascii"))
    assert [answer["image"] for answer in answers] == [
        "a.jpg", r"caf\xe9.jpg", "\N{GREEK SMALL LETTER ALPHA}.jpg", "b.jpg"
    ]  # fmt: skip


def test_the_warnings_are_by_the_rules_of_the_project(recognize, images):
    content = yaml.safe_load(PARAMS.read_text())
    content["validate"]["rules"]["image_size"]["max_height"] = 20
    (images / "params.yaml").write_text(yaml.safe_dump(content))
    code, printed = recognize("a.jpg", "--format", "jsonl")
    assert code == 0
    (row,) = rows(printed.out)
    (warning,) = row["warnings"]
    assert warning.startswith("image_size: 256 x 32 pixels. Expected: 8-4096 x 8-20 pixels.")


def test_an_image_that_the_contract_would_quarantine_is_recognized_with_a_warning(recognize, images, jpeg):
    (images / "blank.jpg").write_bytes(jpeg(np.full((32, 256), 255, np.uint8)))
    code, printed = recognize("a.jpg", "blank.jpg", "--format", "jsonl")
    assert code == 0
    plain, blank = rows(printed.out)
    assert "warnings" not in plain
    assert blank["warnings"][0].startswith("ink_fraction: 0.0000 ink, contrast 0. Expected: 0.0005 to 0.6")


def test_a_run_that_is_killed_leaves_no_process(images, light_model):
    (images / "list").write_text("a.jpg\n" * 100_000)  # more than are ever recognized here
    command = [sys.executable, "-m", "inkpipe", "read", "-", "--model", str(light_model), "--out", "rows.csv"]
    with Path("list").open() as names, Path("errors").open("w") as errors:
        process = subprocess.Popen(command, stdin=names, stderr=errors, start_new_session=True)
    members = 1 + min(2, len(os.sched_getaffinity(0)))
    assert_killed_without_survivors(process, lambda: len(list(session_members(process.pid))) >= members, seconds=60)
    assert not Path("rows.csv").exists()


def test_a_process_that_is_killed_costs_no_image_its_row(images, light_model, draw, jpeg, monkeypatch, capsys):
    """Each process is killed when it has answered; its next batch is taken over by another one."""
    monkeypatch.setattr(processes, "BATCH", 1)
    asked = Worker.ask

    def killed_afterwards(worker, batch):
        answers = asked(worker, batch)
        worker._process.kill()
        return answers

    monkeypatch.setattr(Worker, "ask", killed_afterwards)
    assert main(["read", *NAMES, *NAMES, "--model", str(light_model), "--format", "jsonl"]) == 0
    printed = capsys.readouterr()
    assert [row["image"] for row in rows(printed.out)] == [*NAMES, *NAMES]
    assert "ended by signal 9 (Killed); others take over its images." in printed.err


def test_pages_are_written_back_with_texts_and_confidences(recognize, images):
    lines = [DocumentLine("l1", "CAB", box(10, 10, 200, 50)), DocumentLine("l2", None, box(10, 60, 200, 100))]
    (images / "scans").mkdir()
    (images / "scans/p.png").write_bytes(png(page_image(lines)))
    (images / "scans/p.xml").write_bytes(page_xml(lines, "p.png"))
    code, printed = recognize("scans", "a.jpg", "--pages", "out", "--format", "jsonl")
    first, second, other = rows(printed.out)
    assert (code, other["image"]) == (0, "a.jpg")
    assert [first["image"], second["image"]] == ["scans/p.xml/l1", "scans/p.xml/l2"]
    written = Path("out/p.xml").read_bytes()
    texts = [line.text for _, line in parse_transcript(written).pages[0].lines()]
    assert texts == [first["text"], second["text"]]
    assert f'conf="{first["confidence"]:.4f}"'.encode() in written
    Path("out/p.xml").unlink()
    assert recognize("scans", "--pages", "out", "--out", "rows.csv", "--untranscribed")[0] == 0
    assert [line.split(",")[0] for line in Path("rows.csv").read_text().splitlines()] == ["image", "scans/p.xml/l2"]
    texts = [line.text for _, line in parse_transcript(Path("out/p.xml").read_bytes()).pages[0].lines()]
    assert texts == ["CAB", second["text"]]
