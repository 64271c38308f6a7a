import pytest
from tests.documents import DocumentLine, box, page_xml

from inkpipe.cutting import page_lines, plan_page
from inkpipe.transcripts import parse_transcript


def plan(*lines, size=(400, 300), image=(400, 300)):
    (page,) = parse_transcript(page_xml(lines, size=size)).pages
    return plan_page(page, image)


def corners(plan):
    return [placed.plan.outline.round(1).tolist() for placed in plan.placed]


def remarks(plan):
    return [placed.remarks for placed in plan.placed]


def test_lines_keep_their_order_and_region():
    found = plan(DocumentLine("a", "A", box(10, 10, 90, 30)), DocumentLine("b", "B", box(10, 40, 90, 60), region="r2"))
    assert [(placed.line.id, placed.region, placed.remarks) for placed in found.placed] == [
        ("a", "r1", ()),
        ("b", "r2", ()),
    ]
    assert (found.lost, found.remarks) == ([], [])


def test_an_image_of_another_size_scales_all_coordinates():
    found = plan(DocumentLine("a", "A", box(10, 10, 90, 30), [(10, 12), (90, 28)]), image=(200, 150))
    assert found.remarks == [page_lines.RESCALED]
    assert corners(found) == [[[5, 5], [45, 5], [45, 15], [5, 15]]]


def test_sizes_that_programs_round_scale_nothing():
    found = plan(DocumentLine("a", "A", box(10, 10, 90, 30)), image=(401, 299))
    assert (found.remarks, corners(found)) == ([], [[[10, 10], [90, 10], [90, 30], [10, 30]]])


def test_an_image_of_another_shape_is_that_of_another_page():
    assert plan(DocumentLine("a", "A", box(10, 10, 90, 30)), image=(300, 400)) is None


def test_coordinates_outside_of_the_image():
    found = plan(
        DocumentLine("reaching out", "A", box(-50, 10, 90, 30)),
        DocumentLine("just out", "A", box(-2, 10, 90, 30)),
        DocumentLine("far away", "A", box(500, 10, 1e9, 30)),
        DocumentLine("vast", "A", box(-1e9, -1e9, 1e9, 1e9)),
        DocumentLine("at the lower edge", "A", [(10, 300), (200, 300), (390, 300)]),
        DocumentLine("at the right edge", "A", box(400, 10, 410, 30)),
    )
    assert [(placed.line.id, placed.remarks) for placed in found.placed] == [
        ("reaching out", (page_lines.REACHES_OUT,)),
        ("just out", ()),
        ("vast", (page_lines.REACHES_OUT,)),
    ]
    assert corners(found)[0] == [[0, 10], [90, 10], [90, 30], [0, 30]]
    assert corners(found)[2] == [[0, 0], [400, 0], [400, 300], [0, 300]]
    assert [line.id for line, _ in found.lost] == ["far away", "at the lower edge", "at the right edge"]
    assert {reason for _, reason in found.lost} == {page_lines.OUTSIDE}


def test_where_only_baselines_are_known_their_distance_gives_the_height():
    lines = [DocumentLine(str(i), "A", None, [(10, 40 * i), (90, 40 * i)]) for i in range(1, 4)]
    found = plan(*lines, DocumentLine("beside", "B", None, [(100, 40), (150, 40)]))
    assert corners(found)[0] == [[10, 10], [90, 10], [90, 52], [10, 52]]
    assert found.lost == []


@pytest.mark.parametrize("baseline", [None, [(10, 40), (90, 40)]], ids=["nothing", "a baseline alone"])
def test_a_line_without_any_place_is_lost(baseline):
    found = plan(DocumentLine("a", "A", None, baseline))
    assert found.placed == []
    assert [(line.id, reason) for line, reason in found.lost] == [("a", page_lines.NO_PLACE)]


def test_vertical_and_tiny_lines_are_remarked():
    found = plan(
        DocumentLine("turned", "ABC", box(10, 10, 30, 90), [(28, 90), (28, 10)]),
        DocumentLine("vertical", "ABC", box(40, 10, 60, 90)),
        DocumentLine("a letter", "I", box(40, 10, 60, 90)),
        DocumentLine("tiny", "abc", box(10, 100, 90, 105)),
    )
    assert remarks(found) == [(page_lines.TURNED,), (page_lines.VERTICAL,), (), (page_lines.TINY,)]
