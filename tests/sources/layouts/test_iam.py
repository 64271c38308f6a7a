import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource

LINES = b"""#--- lines.txt ---#
a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop|Mr. |Gaitskell|from
a01-000u-01 err 156 19 395 932 1850 105 nominating|any
b04-012-00 ok 154 19 408 746 1661 89 x
"""
WORDS = b"# words\na01-000u-00-00 ok 154 408 768 27 51 AT A\na01-000u-00-01 ok 154 507 766 213 48 NN MOVE\n"
FORMS = b"# forms\na01-000u 000 2 prt 7 5 52 36\nb04-012 7 2 prt 7 5 52 36\n"


def open_source(path, **options):
    return FolderSource(path, **{"validation_fraction": 0.0, "test_fraction": 0.0, **options})


def samples(source):
    return [(sample.filename, sample.label, dict(sample.extra)) for sample in source.samples("train")]


def test_lines_with_their_writers(as_data):
    images = {f"lines/a01/a01-000u/a01-000u-0{i}.png": b"x" for i in (0, 1)} | {
        "lines/b04/b04-012/b04-012-00.png": b"y"
    }
    files = {"ascii/lines.txt": LINES, "ascii/words.txt": WORDS, "ascii/forms.txt": FORMS, **images}
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "iam_lines"
    first, second, third = samples(source)
    assert first == (
        "a01-000u-00.png",
        "A MOVE to stop Mr. Gaitskell from",
        {"form": "a01-000u", "segmentation": "ok", "writer": "000", "group": "000"},
    )
    assert second[2]["segmentation"] == "err"
    assert third[2]["group"] == "7"


def test_words_without_forms_are_grouped_by_form(as_data):
    files = {"words.txt": WORDS, "words/a01-000u-00-00.png": b"1", "words/a01-000u-00-01.png": b"2"}
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "iam_words"
    assert samples(source) == [
        ("a01-000u-00-00.png", "A", {"form": "a01-000u", "segmentation": "ok", "group": "a01-000u"}),
        ("a01-000u-00-01.png", "MOVE", {"form": "a01-000u", "segmentation": "ok", "group": "a01-000u"}),
    ]


def test_lines_and_words_at_once_need_a_choice(as_zip):
    files = {"lines.txt": LINES, "words.txt": WORDS, "a01-000u-00.png": b"x", "a01-000u-00-00.png": b"y"}
    with pytest.raises(InkpipeError, match="-S data.folder.layout=iam_lines or -S data.folder.layout=iam_words"):
        open_source(as_zip(files))
    assert open_source(as_zip(files), layout="iam_words").count("train") == 1


def test_rows_in_another_form_are_listed(as_zip):
    source = open_source(as_zip({"lines.txt": LINES + b"a01-000u-02 what is this\n", "a01-000u-00.png": b"x"}))
    (file,) = source.skipped.first("row of a label file in another form")
    assert (file.line, file.label) == (5, "a01-000u-02 what is this")
    assert source.skipped.counts()["label without image"] == 2
