import pytest

from inkpipe.transcripts import parse_transcript


def pages(layout, name="<fileName> scan 1.tif </fileName>"):
    content = f"<Description><sourceImageInformation>{name}</sourceImageInformation></Description>"
    return parse_transcript(f"<alto>{content}<Layout>{layout}</Layout></alto>".encode()).pages


def line(content="", attributes=""):
    block = f"<TextBlock><TextLine {attributes}>{content}</TextLine></TextBlock>"
    (page,) = pages(f'<Page ID="p"><PrintSpace WIDTH="90" HEIGHT="80">{block}</PrintSpace></Page>')
    ((_, found),) = page.lines()
    return found


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<String CONTENT="une ligne"/>', "une ligne"),
        ('<String CONTENT="two"/><SP/><String CONTENT="words"/>', "two words"),
        ('<String CONTENT="two"/><String CONTENT="words"/>', "two words"),
        ('<String CONTENT="hyphe"/><HYP CONTENT="-"/>', "hyphe-"),
        ('<String CONTENT=" x "/>', " x "),
        ('<String CONTENT=""/>', ""),
        ("<SP/>", None),
        ("", None),
    ],
)
def test_the_text_is_that_of_the_strings(content, text):
    assert line(content).text == text


BOX = 'HPOS="10" VPOS="20" WIDTH="30" HEIGHT="5"'


@pytest.mark.parametrize(
    ("content", "attributes", "outline"),
    [
        ('<Shape><Polygon POINTS="1,2 3,4 5,6"/></Shape>', BOX, [[1, 2], [3, 4], [5, 6]]),
        ('<Shape><Polygon POINTS="1 2 3 4 5 6"/></Shape>', "", [[1, 2], [3, 4], [5, 6]]),
        ('<Shape><Polygon POINTS="1 2"/></Shape>', BOX, [[10, 20], [40, 20], [40, 25], [10, 25]]),
        ("", BOX, [[10, 20], [40, 20], [40, 25], [10, 25]]),
        ("", 'HPOS="10" VPOS="20" WIDTH="0" HEIGHT="5"', None),
        ("", 'HPOS="10" VPOS="20" HEIGHT="5"', None),
        ("", "", None),
    ],
)
def test_the_outline_is_the_polygon_or_else_the_box(content, attributes, outline):
    found = line(content, attributes).outline
    assert (found is None and outline is None) or found.tolist() == outline


@pytest.mark.parametrize(
    ("attributes", "baseline"),
    [
        (f'{BOX} BASELINE="1,2 3,4"', [[1, 2], [3, 4]]),
        (f'{BOX} BASELINE="1 2 3 4"', [[1, 2], [3, 4]]),
        (f'{BOX} BASELINE="24"', [[10, 24], [40, 24]]),
        ('BASELINE="24"', None),
        (BOX, None),
    ],
)
def test_a_baseline_is_a_line_of_points_or_a_height(attributes, baseline):
    found = line("", attributes).baseline
    assert (found is None and baseline is None) or found.tolist() == baseline


def test_a_document_has_several_pages_and_places_go_on_over_them():
    first, second = pages(
        '<Page ID="p1" WIDTH="9" HEIGHT="8"><PrintSpace><ComposedBlock ID="c"><TextBlock ID="b"><TextLine ID="x"/>'
        '</TextBlock></ComposedBlock></PrintSpace></Page><Page ID="p2"><PrintSpace><TextBlock><TextLine/></TextBlock>'
        "</PrintSpace></Page>"
    )
    assert (first.id, first.image_name, first.width, first.height) == ("p1", "scan 1.tif", 9.0, 8.0)
    assert [(region.id, each.id, each.place) for region, each in first.lines()] == [("b", "x", 0)]
    assert (second.width, [(region.id, each.id, each.place) for region, each in second.lines()]) == (
        None,
        [("", "line_2", 1)],
    )


def test_the_print_space_gives_a_size_that_the_page_lacks():
    (page,) = pages('<Page><PrintSpace WIDTH="90" HEIGHT="80"/></Page>', name="")
    assert (page.image_name, page.width, page.height) == ("", 90.0, 80.0)
