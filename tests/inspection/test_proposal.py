from dataclasses import replace

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


def proposal(corpus, params, by_hash=("test", "validation")):
    corpus = replace(corpus, by_hash=by_hash)
    found = propose(corpus, params, effects(corpus, params), [], lambda params: 1000.0)
    return {each.name: each.value for each in found.overrides}.get("data.folder.test_fraction"), found.warnings


def test_a_small_corpus_is_split_so_that_a_champion_can_be_judged(seen, make_params):
    labels = [f"{number} Le greffier a signé" for number in range(300)]  # 30 of them for the test
    assert proposal(seen(labels), make_params()) == (0.22, [])  # 66 images
    labels = labels[:150]  # of which 65 are too many
    warning = "15 test images make no champion, which needs 50: transcribe more, or lower promote.min_images."
    assert proposal(seen(labels), make_params()) == (None, [warning])
    assert proposal(seen(labels), make_params(promote__min_images=15)) == (None, [])


def test_splits_that_the_data_names_stay(seen, make_params):
    labels = [f"{number} Le greffier a signé" for number in range(300)]
    fraction, (warning,) = proposal(seen(labels), make_params(), by_hash=())
    assert fraction is None
    assert warning.startswith("30 test images make no champion")


def test_labels_that_are_missing_do_not_count(seen, make_params):
    labels = [f"{number} Le greffier" if number % 20 > 9 else None for number in range(600)]  # 30 of 300 for the test
    assert proposal(seen(labels), make_params())[0] == 0.22
