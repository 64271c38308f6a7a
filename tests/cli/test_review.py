"""`inkpipe review`, `corrections` and `label-studio`, with a model of random weights."""

import json

import pytest

from inkpipe.cli import main
from inkpipe.review.database import open_review
from inkpipe.review.work import Answer, Reviewer, decide
from inkpipe.serving import Recognizer
from inkpipe.sources.folder import FolderSource

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def project(tmp_path, monkeypatch, draw, jpeg):
    """A working folder with a folder of three images, one of which is damaged."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for name, text in (("a.jpg", "A"), ("b.jpg", "CAB")):
        (tmp_path / "scans" / name).write_bytes(jpeg(draw(text)))
    (tmp_path / "scans/bad.jpg").write_bytes(jpeg(draw("CAB"))[:80])
    return tmp_path


@pytest.fixture
def prepare(project, light_model, capsys):
    """Fill a review: `prepare(words) -> (exit code, printed)`."""

    def run(*words):
        capsys.readouterr()
        code = main(["review", *words, "--prepare", "--model", str(light_model)])
        return code, capsys.readouterr()

    return run


@pytest.fixture
def checked(project, prepare):
    """A review in which one image is checked."""
    prepare("scans")
    path = project / "scans.review.sqlite"
    with open_review(path) as database:
        decide(database, Reviewer("Anna", "session1"), Answer(1, "ABC", False, "confidence", "key-0001"))
    return path


def test_a_review_lies_in_the_working_folder_and_has_what_the_model_reads(prepare, project, light_model):
    assert prepare("scans")[0] == 0
    contents = [(project / "scans" / name).read_bytes() for name in ("a.jpg", "b.jpg")]
    expected = list(Recognizer.load(light_model, threads=1, alternatives=5).recognize(contents))
    with open_review(project / "scans.review.sqlite") as database:
        rows = database.rows("SELECT name, text, round(confidence, 4) AS confidence, alternatives, error FROM images")
        assert [(row["name"], row["text"]) for row in rows[:2]] == [
            ("a.jpg", expected[0].text),
            ("b.jpg", expected[1].text),
        ]
        assert [row["confidence"] for row in rows[:2]] == [round(each.confidence, 4) for each in expected]
        assert len(json.loads(rows[0]["alternatives"])) == 5
        assert rows[2]["name"] == "bad.jpg"
        assert rows[2]["error"].startswith("The image is damaged.")


def test_a_second_time_only_new_images_are_taken_in(prepare, project, draw, jpeg):
    prepare("scans")
    (project / "scans/c.jpg").write_bytes(jpeg(draw("B")))
    (project / "scans/a.jpg").write_bytes(jpeg(draw("CC")))
    code, printed = prepare("scans/")
    changed = "1 images have other bytes than when they were taken in, and stay as they were: a.jpg"
    assert (code, changed in printed.err) == (0, True)
    with open_review(project / "scans.review.sqlite") as database:
        assert database.value("SELECT group_concat(name) FROM images") == "a.jpg,b.jpg,bad.jpg,c.jpg"


def test_a_review_goes_on_without_its_data(prepare, project):
    prepare("scans")
    (project / "scans").rename(project / "elsewhere")
    assert prepare("scans.review.sqlite")[0] == 0


def test_labels_of_the_data_are_compared_with_what_the_model_reads(prepare, project, light_model):
    (project / "scans/bad.jpg").unlink()
    (project / "scans/labels.csv").write_text("filename,label\na.jpg,CCCCCC\n")
    prepare("scans")
    image = (project / "scans/a.jpg").read_bytes()
    recognizer = Recognizer.load(light_model, threads=1)
    (prediction,) = recognizer.recognize([image])
    (ratio,) = recognizer.log_ratios([image], [prediction.text], ["CCCCCC"])
    with open_review(project / "scans.review.sqlite") as database:
        suspicion = database.value("SELECT suspicion FROM images WHERE name = 'a.jpg'")
        assert (suspicion is not None) == (ratio > 0)
        assert database.value("SELECT label FROM images WHERE name = 'a.jpg'") == "CCCCCC"


def test_what_cannot_be_reviewed_is_an_error(prepare, project):
    for words, message in (
        (["missing"], "There is no data at the given path. Received: missing. Give a folder,"),
        (["scans/a.jpg", "scans/b.jpg"], "Name its file: --store NAME.review.sqlite"),
        (["missing.review.sqlite"], "There is no review. Received: missing.review.sqlite."),
        (["scans", "--host", "0.0.0.0"], "On this address other machines can come in."),
        (["scans", "--layout", "plain"], "The data has no labels in this layout."),
    ):
        code, printed = prepare(*words)
        assert (code, message in printed.err) == (1, True), printed.err
    assert prepare("scans/a.jpg", "scans/b.jpg", "--store", "two.review.sqlite")[0] == 0


def test_corrections_come_out_as_a_corpus_and_as_a_table(checked, project, capsys):
    assert main(["corrections", str(checked), "--out", "corpus", "--table", "table.csv"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["corpus: 1 train", "table.csv: 1 rows"]
    (sample,) = FolderSource(project / "corpus").samples("train")
    assert (sample.label, sample.extra["name"], sample.extra["reviewer"]) == ("ABC", "a.jpg", "Anna")
    assert (project / "table.csv").read_text().splitlines()[1].startswith("a.jpg,ABC,,corrected,Anna,")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Nothing is to be written."),
        (["--table", "t.csv", "--accept", "2"], "--accept is a confidence. Received: 2.0."),
        (["--transcripts", "xml"], "No text is of a line of PAGE XML or ALTO."),
    ],
)
def test_corrections_that_cannot_be_written_are_an_error(checked, capsys, words, message):
    assert main(["corrections", str(checked), *words]) == 1
    assert message in capsys.readouterr().err


def test_label_studio_there_and_back(checked, project, capsys):
    assert main(["label-studio", "export", str(checked), "--out", "tasks"]) == 0
    (task,) = json.loads((project / "tasks/tasks.json").read_text())
    assert task["data"]["image"] == "/data/local-files/?d=images/0000002.jpg"
    result = [{"from_name": "transcription", "type": "textarea", "value": {"text": ["CAB"]}}]
    annotations = [{"id": 1, "completed_by": 1, "result": result, "updated_at": "2026-01-02T03:04:05Z"}]
    (project / "export.json").write_text(json.dumps([task | {"annotations": annotations}]))
    assert main(["label-studio", "import", str(checked), "export.json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 decisions; 0 annotations say nothing; 0 were known"
    assert main(["label-studio", "export", str(checked), "--out", "tasks"]) == 1
    assert "All images are checked." in capsys.readouterr().err
