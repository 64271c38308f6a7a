import pytest

from inkpipe.transcripts import parse_transcript


def lines(content, attributes='imageFilename="a b.jpg" imageWidth="9" imageHeight="8"'):
    document = parse_transcript(f"<PcGts><Page {attributes}>{content}</Page></PcGts>".encode())
    return [(region.id, line) for page in document.pages for region, line in page.lines()]


def text(content):
    ((_, line),) = lines(f'<TextRegion><TextLine id="l">{content}</TextLine></TextRegion>')
    return line.text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<TextEquiv><Unicode>Été</Unicode></TextEquiv>", "Été"),
        ("<TextEquiv><Unicode/></TextEquiv>", ""),
        ("<TextEquiv><PlainText>x</PlainText></TextEquiv>", "x"),
        ("", None),
        ("<TextEquiv/>", None),
        (
            '<TextEquiv index="1"><Unicode>b</Unicode></TextEquiv>'
            '<TextEquiv index="0"><Unicode>a</Unicode></TextEquiv>',
            "a",
        ),
        (
            "<Word><TextEquiv><Unicode>zwei</Unicode></TextEquiv></Word><Word/>"
            "<Word><TextEquiv><Unicode>Wörter</Unicode></TextEquiv></Word>",
            "zwei Wörter",
        ),
        (
            "<Word><TextEquiv><Unicode>no</Unicode></TextEquiv></Word><TextEquiv><Unicode>own</Unicode></TextEquiv>",
            "own",
        ),
    ],
)
def test_the_text_of_a_line(content, expected):
    assert text(content) == expected


def test_regions_may_lie_in_regions_and_in_tables():
    cell = '<TableRegion id="t"><TextRegion id="cell"><TextLine id="b"/></TextRegion></TableRegion>'
    content = f'<TextRegion id="out"><TextLine id="a"/><TextRegion id="in"><TextLine/></TextRegion></TextRegion>{cell}'
    assert [(region, line.id, line.place) for region, line in lines(content)] == [
        ("out", "a", 0),
        ("in", "line_2", 1),
        ("cell", "b", 2),
    ]


@pytest.mark.parametrize(
    ("coords", "outline"),
    [
        ('<Coords points="1,2 3,4 5.5,-6"/>', [[1, 2], [3, 4], [5.5, -6]]),
        ('<Coords><Point x="1" y="2"/><Point x="3" y="2"/><Point x="3" y="9"/></Coords>', [[1, 2], [3, 2], [3, 9]]),
        ('<Coords points="1,2 3,4"/>', None),
        ('<Coords points="1,2 1,2 1,2 3,4"/>', None),
        ('<Coords points="1,2 3,4 5"/>', None),
        ('<Coords points="1,2 3,4 1e999,4"/>', None),
        ('<Coords points=""/>', None),
        ("<Coords/>", None),
        ("", None),
    ],
)
def test_an_outline_has_three_points_or_there_is_none(coords, outline):
    ((_, line),) = lines(f"<TextRegion><TextLine>{coords}</TextLine></TextRegion>")
    assert (line.outline is None and outline is None) or line.outline.tolist() == outline


def test_the_page_has_the_name_and_size_of_its_image():
    (page,) = parse_transcript(b'<PcGts><Page imageFilename="a b.jpg" imageWidth="9" imageHeight="x"/></PcGts>').pages
    assert (page.image_name, page.width, page.height, page.regions) == ("a b.jpg", 9.0, None, ())
