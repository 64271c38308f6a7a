import pytest

from inkpipe.inspection.effects import effects
from inkpipe.inspection.proposal import propose
from inkpipe.inspection.seen import InspectedCorpus, Row

BY_PAGE = {"layout": "alto", "groups": {"by": "column page"}}


def pattern(pages, image, params, described=BY_PAGE):
    """The pattern of groups that is proposed for lines of these pages."""
    rows = [Row("train", f"{page}/line_1", "Le greffier a signé") for page in pages]
    corpus = InspectedCorpus(described, ("page",), rows, [image(row) for row in range(len(rows))])
    found = propose(corpus, params, effects(corpus, params), [], lambda params: 1000.0).overrides
    return {each.name: (each.value, each.reason) for each in found}.get("data.folder.group_pattern")


def test_pages_of_one_number_stay_together(image, make_params):
    pages = [f"letter_{number:04}" for number in range(20)] + ["letter_0003_1"]
    value, reason = pattern(pages, image, make_params())
    assert value == r"(?:^|\D)(\d{3,})"
    assert "letter_0003 and letter_0003_1" in reason


@pytest.mark.parametrize(
    "pages",
    [
        [f"letter_{number:04}" for number in range(20)],  # each page has its own number
        [f"PH 1858-{number}" for number in range(20)],  # the year is no writer
        [f"page {number}" for number in range(20)],  # too short for a writer's number
        [*(f"letter_{number:04}" for number in range(20)), "letter_0003_1", "cover"],  # not all have one
    ],
)
def test_other_pages_are_groups_by_themselves(pages, image, make_params):
    assert pattern(pages, image, make_params()) is None


def test_groups_that_a_person_chose_stay(image, make_params):
    pages = [f"letter_{number:04}" for number in range(20)] + ["letter_0003_1"]
    assert pattern(pages, image, make_params(data__folder__group_column="page")) is None
    assert pattern(pages, image, make_params(), {"layout": "alto", "groups": {"by": "column writer"}}) is None
