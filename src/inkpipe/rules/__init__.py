"""The rules of the data contract, in the order in which they are checked and reported.

A rule is one class: its fields are its parameters in params.yaml, beside them stand its checks and its message
templates. To add a rule on rows, write the class in the module of its subject, list it in that module's `RULES`, and
give its parameters in params.yaml.
"""

from inkpipe.rules import images, labels, leakage, split_drift, splits, structure
from inkpipe.rules.rule import RowRule, Rule
from inkpipe.rules.splits import SplitRule
from inkpipe.rules.structure import Columns

ROW_RULES: tuple[type[RowRule], ...] = (*structure.RULES, *labels.RULES, *images.RULES, *leakage.RULES)
SPLIT_RULES: tuple[type[SplitRule], ...] = (*splits.RULES, *split_drift.RULES)
RULES: tuple[type[Rule], ...] = (Columns, *ROW_RULES, *SPLIT_RULES)

__all__ = ["ROW_RULES", "RULES", "SPLIT_RULES", "Columns", "RowRule", "Rule", "SplitRule"]
