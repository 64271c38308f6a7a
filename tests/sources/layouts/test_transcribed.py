import unicodedata

import cv2
import numpy as np
import pytest
from tests.documents import LINES, DocumentLine, alto, box, page_image, page_xml, png

from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.layouts import transcribed as module
from inkpipe.transcripts import elements, parse_transcript

WRITERS = {"page": page_xml, "alto": alto}
SCAN = png(page_image(LINES))
ALL_TRAIN = {"validation_fraction": 0.0, "test_fraction": 0.0}


@pytest.fixture(params=WRITERS)
def write(request):
    return WRITERS[request.param]


def open_source(path, **options):
    return FolderSource(path, **{**ALL_TRAIN, **options})


def names(source):
    return [sample.filename for sample in source.samples("train")]


def reasons(listing):
    return {reason: [file.filename for file in listing.first(reason)] for reason in listing.counts()}


def test_page_and_alto_give_the_same_lines(as_zip, tmp_path):
    samples = {}
    for name, write in WRITERS.items():
        source = open_source(as_zip({f"{name}/a b.xml": write(LINES, "a b.png"), "a b.png": SCAN}, f"{name}.zip"))
        assert source.describe()["layout"] == name
        assert reasons(source.skipped) == {"line without text": ["a b/l3"]}
        samples[name] = list(source.samples("train"))
    assert samples["page"] == samples["alto"]
    first, second, third = samples["page"]
    assert [(each.filename, each.label) for each in (first, second, third)] == [
        ("a b/l1", "Premier"),
        ("a b/l2", "deuxième & <3>"),
        ("a b/l4", "note"),
    ]
    assert third.extra == {"page": "a b", "region": "margin", "line": "l4", "group": "a b"}
    image = cv2.imdecode(np.frombuffer(first.image, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (image == page_image(LINES)[20:50, 20:200]).all()


def test_a_page_is_the_group_unless_a_pattern_says_more(as_zip, write):
    files = {f"w{writer}_{page}.{kind}": content for writer in range(4) for page in range(3)
             for kind, content in (("xml", write(LINES, f"w{writer}_{page}.png")), ("png", SCAN))}  # fmt: skip
    source = FolderSource(as_zip(files), validation_fraction=0.3, test_fraction=0.3, group_pattern=r"^(w\d)_")
    splits = {
        split: {sample.extra["group"] for sample in source.samples(split)} for split in ("train", "validation", "test")
    }
    assert sorted(group for groups in splits.values() for group in groups) == ["w0", "w1", "w2", "w3"]
    described = source.describe()["groups"]
    assert described == {"by": "pattern ^(w\\d)_", **{split: len(groups) for split, groups in splits.items()}}
    by_page = FolderSource(as_zip(files), validation_fraction=0.3, test_fraction=0.3)
    assert by_page.describe()["groups"]["by"] == "column page"
    assert sum(by_page.describe()["groups"][split] for split in splits) == 12


@pytest.mark.parametrize(
    ("image", "transcript", "named"),
    [
        ("scan.png", "scan.xml", "scan.png"),
        ("scan.png", "page/scan.xml", "../scan.png"),
        ("images/scan.png", "alto/scan.xml", "scan.png"),
        ("scan.png", "page/scan.xml", "C:\\Users\\me\\scan.png"),
        ("scan.png", "page/scan.xml", "https://gallica.example/iiif/full/SCAN.PNG"),
        ("scan.png", "page/scan.xml", "other name.tif"),
        ("scan.png", "page/scan.xml", ""),
        ("scan.png", "page/0007.xml", "scan.png"),
        ("a scan (1).png", "page/a scan (1).xml", "x.jpg"),
        ("scan.PNG", "page/Scan.xml", "x.jpg"),
        ("scan.png", "scan.png.xml", ""),
        (unicodedata.normalize("NFD", "zoé.png"), "zoé.xml", ""),
    ],
)
def test_the_image_is_found_however_it_is_named(as_data, write, image, transcript, named):
    source = open_source(as_data({image: SCAN, transcript: write(LINES, named)}), max_unmatched_fraction=0.0)
    assert len(names(source)) == 3
    assert "page without image" not in source.skipped.counts()


def test_a_stale_image_name_gives_way_to_the_own_name(as_zip, write):
    files = {f"{name}.png": SCAN for name in "ab"} | {f"{name}.xml": write(LINES, "a.png") for name in "ab"}
    assert {name[0] for name in names(open_source(as_zip(files), max_unmatched_fraction=0.0))} == {"a", "b"}


def test_faulty_pages_are_listed_and_the_others_read(as_data, write, monkeypatch):
    monkeypatch.setattr(elements, "MAX_BYTES", 20_000)
    good = {"good.xml": write(LINES, "good.png"), "good.png": SCAN}
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>' + write(LINES, "bomb.png").partition(b"?>")[2]
    bad = {
        "broken.xml": write(LINES, "broken.png")[:-30],
        "bomb.xml": bomb,
        "huge.xml": write(LINES, "huge.png") + b" " * 20_000,
        "lost.xml": write(LINES, "lost.png"),
        "other shape.xml": write(LINES, "other shape.png", size=(300, 400)),
        "other shape.png": SCAN,
        "twice.xml": write(LINES, "good.png"),
        "no image.xml": write(LINES, "no image.png"),
        "no image.png": b"no image",
    }
    source = open_source(as_data(good | bad))
    assert names(source) == ["good/l1", "good/l2", "good/l4"]
    listed = reasons(source.skipped)
    assert {reason: sorted(files) for reason, files in listed.items()} == {
        "unreadable transcript": ["bomb.xml", "broken.xml", "huge.xml"],
        "page without image": ["lost.xml", "no image.png"],
        "page of another shape than its image": ["other shape.png"],
        "page whose image another file describes": ["twice.xml"],
        "line without text": ["good/l3"],
    }
    details = {file.filename: file.detail for file in source.skipped.first("unreadable transcript")}
    assert "declares a document type or entities" in details["bomb.xml"]
    assert "not well-formed" in details["broken.xml"]
    assert "too large" in details["huge.xml"]
    with pytest.raises(InkpipeError, match=r"(?s)7 labels cannot be matched.*page without image: 2 \(lost.xml"):
        open_source(as_data(good | bad), max_unmatched_fraction=0.5)


def test_lines_without_a_place_are_listed_with_their_text(as_zip, write):
    lines = [LINES[0], DocumentLine("nowhere", "lost", None), DocumentLine("out", "far", box(900, 10, 990, 30))]
    source = open_source(as_zip({"a.xml": write(lines, "a.png"), "a.png": SCAN}))
    assert names(source) == ["a/l1"]
    described = source.describe()["skipped"]["line without a place in its image"]
    assert described["count"] == 2
    assert described["first"][1] == {"filename": "a/out", "label": "far", "detail": "it lies outside of the image"}


def test_empty_and_blank_texts_are_not_transcribed_yet(as_zip, write):
    lines = [LINES[0], *(DocumentLine(f"e{i}", text, box(20, 20, 90, 50)) for i, text in enumerate(["", " ", None]))]
    source = open_source(as_zip({"a.xml": write(lines, "a.png"), "a.png": SCAN}), max_unmatched_fraction=0.0)
    assert names(source) == ["a/l1"]
    assert reasons(source.skipped) == {"line without text": ["a/e0", "a/e1", "a/e2"]}


def test_pages_that_are_not_transcribed_stop_nothing(as_zip, write):
    scans = {f"{number}.png": SCAN for number in range(20)}
    empty = {"7.xml": write([LINES[2]], "7.png")}
    source = open_source(as_zip({"3.xml": write(LINES, "3.png"), **scans, **empty}), max_unmatched_fraction=0.0)
    assert source.count("train") == 3
    assert source.skipped.counts() == {"image without label": 18, "line without text": 2}


def test_a_page_that_does_not_decode_leaves_lines_without_an_image(as_zip, write):
    damaged = SCAN[: len(SCAN) // 2]
    source = open_source(as_zip({"a.xml": write(LINES, "a.png"), "a.png": damaged}))
    assert [(sample.label, sample.image) for sample in source.samples("train")] == [
        ("Premier", b""),
        ("deuxième & <3>", b""),
        ("note", b""),
    ]
    assert reasons(source.noticed) == {"page whose image does not decode, its lines have none": ["a.png"]}


def test_ids_that_come_twice_get_a_number(as_zip, write):
    lines = [DocumentLine("l", text, box(20, 20, 90, 50)) for text in ("A", "B", "C")]
    source = open_source(as_zip({"a.xml": write(lines, "a.png"), "a.png": SCAN}))
    assert [(sample.filename, sample.label) for sample in source.samples("train")] == [
        ("a/l", "A"),
        ("a/l_2", "B"),
        ("a/l_3", "C"),
    ]


def test_an_alto_document_of_several_pages_has_an_image_for_each(as_zip):
    box = 'HPOS="20" VPOS="20" WIDTH="100" HEIGHT="30"'
    block = f'<TextBlock><TextLine ID="l" {box}><String CONTENT="{{}}"/></TextLine></TextBlock>'
    pages = "".join(
        f'<Page ID="{page}"><PrintSpace>{block.format(page)}</PrintSpace></Page>' for page in ("x", "y", "z")
    )
    files = {"doc.xml": f"<alto><Layout>{pages}</Layout></alto>".encode(), "x.png": SCAN, "doc_0002.png": SCAN}
    source = open_source(as_zip(files))
    assert [(sample.filename, sample.label) for sample in source.samples("train")] == [
        ("x/l", "x"),
        ("doc_0002/l", "y"),
    ]
    assert source.skipped.counts() == {"page without image": 1}


def test_both_formats_at_once_are_refused_until_one_is_chosen(as_zip):
    path = as_zip({"page/a.xml": page_xml(LINES, "a.png"), "alto/a.xml": alto(LINES, "a.png"), "a.png": SCAN})
    message = (
        r"more than one layout.*page \(1 files such as page/a.xml\); alto .*"
        r"-S data.folder.layout=page or -S data.folder.layout=alto; `inkpipe inspect` .* --layout NAME"
    )
    with pytest.raises(InkpipeError, match=message):
        open_source(path)
    source = open_source(path, layout="alto")
    assert source.count("train") == 3
    assert source.skipped.counts() == {"line without text": 1, "other file without label": 1}


def test_other_xml_is_no_transcript(as_zip, write):
    files = {"mets.xml": b"<mets/>", "a.xml": write(LINES, "a.png"), "a.png": SCAN}
    source = open_source(as_zip(files), max_unmatched_fraction=0.0)
    assert (source.count("train"), source.skipped.counts()["other file without label"]) == (3, 1)


def test_the_pool_gives_the_same_lines(as_zip, write):
    files = {
        f"{i}.{kind}": content for i in range(3) for kind, content in (("xml", write(LINES, f"{i}.png")), ("png", SCAN))
    }
    path = as_zip(files)
    assert list(open_source(path, workers="local").samples("train")) == list(open_source(path).samples("train"))


def test_real_pages(shared_pages):
    lines = {}
    for layout in ("page", "alto"):
        source = open_source(shared_pages / "timeus", layout=layout)
        assert source.count("train") == 266
        lines[layout] = next(source.samples("train"))
    assert lines["page"] == lines["alto"]
    assert lines["page"].label == "Audience"


def test_a_file_of_many_pages_is_parsed_once_for_them_all(as_zip, monkeypatch):
    document = alto(LINES, "x.png").decode()
    page = document[document.index("<Page") : document.index("</Layout>")]
    content = document.replace(page, page * 3).encode()
    source = open_source(as_zip({"doc.xml": content, **{f"doc_{number}.png": SCAN for number in (1, 2, 3)}}))
    parsed = []
    monkeypatch.setattr(module, "parse_transcript", lambda content: parsed.append(1) or parse_transcript(content))
    assert len({sample.extra["page"] for sample in source.samples("train")}) == 3
    assert len(parsed) == 1
