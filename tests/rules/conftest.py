"""Rules with the repository's limits, or others, and what they need beside them."""

import pytest

from inkpipe.rules.facts import LabelNumber, LabelText
from inkpipe.rules.rule import Context


@pytest.fixture
def context():
    return Context(frames=64, width=256, min_tolerated_rows=3, normalize=lambda text: " ".join(text.upper().split()))


@pytest.fixture
def make_rule(make_params):
    """The rule of a class with the limits of params.yaml, some replaced: `make_rule(LabelLength, max=5)`."""

    def with_limits(rule, **limits):
        values = {f"validate__rules__{rule.name}__{name}": value for name, value in limits.items()}
        return make_params(**values).validate_.rules[rule]

    return with_limits


@pytest.fixture
def facts():
    """The facts that a rule computes from one label: `facts(rule, label)`."""
    return lambda rule, label: {
        fact.column: fact.of(label) for fact in rule.facts() if isinstance(fact, LabelNumber | LabelText)
    }
