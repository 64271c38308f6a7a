"""The registry: every rule stands in it once, with its words, its parameters and columns of its own."""

import string
from collections import Counter

import yaml

from inkpipe.rules import ROW_RULES, RULES, SPLIT_RULES, RowRule, Rule, SplitRule


def concrete(base):
    """The rules below a base class: those that have a name."""
    for rule in base.__subclasses__():
        yield from [rule] if "name" in vars(rule) else []
        yield from concrete(rule)


def test_every_rule_that_is_written_is_in_the_registry():
    assert set(concrete(Rule)) == set(RULES)
    assert set(concrete(RowRule)) == set(ROW_RULES)
    assert set(concrete(SplitRule)) == set(SPLIT_RULES)


def test_the_rules_are_those_of_params_yaml_in_its_order(request):
    content = yaml.safe_load((request.config.rootpath / "params.yaml").read_text())
    assert [rule.name for rule in RULES] == list(content["validate"]["rules"])


def test_no_column_is_declared_twice(make_params):
    columns = Counter(fact.column for rule in make_params().validate_.rules.on_rows for fact in rule.facts())
    assert {"foreign", "length", "words", "frames", "aspect"} <= set(columns)
    assert set(columns.values()) == {1}


def test_words_name_only_limits_of_the_rule():
    for rule in ROW_RULES:
        names = {name for _, name, _, _ in string.Formatter().parse(rule.expected) if name}
        assert names <= {*rule.model_fields, "frames"}, rule
        assert rule.advice[-1] == "."
