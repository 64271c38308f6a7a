from inkpipe.rules.result import RuleResult


def result(violations, checked, tolerance=None):
    examples = tuple(f"train/{i}.jpg" for i in range(min(violations, 10)))
    return RuleResult("aspect", "warn", "wide", checked, violations, "rows", "warned", examples, "Look.", tolerance)


def test_the_fraction_of_nothing_is_zero():
    assert result(0, 0).fraction == 0
    assert result(1, 8).fraction == 0.125


def test_the_line_names_the_first_violations_and_says_if_there_are_more():
    assert result(2, 4, 0.01).line() == (
        "aspect: 2 of 4 rows (50.00%, tolerated 1.00%) violate it. Expected: wide. First: train/0.jpg; train/1.jpg"
    )
    assert result(2000, 4000).line(examples=1) == (
        "aspect: 2,000 of 4,000 rows (50.00%) violate it. Expected: wide. First: train/0.jpg; ..."
    )
