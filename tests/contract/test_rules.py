"""Verdicts by action, tolerance and the rows that are always tolerated."""

import numpy as np
import pandas as pd
import pytest

from inkpipe.contract.rules import row_finding


@pytest.mark.parametrize(
    ("action", "tolerance", "failed", "verdict"),
    [
        ("stop", 0.0, 0, "passed"),
        ("stop", 0.0, 1, "stopped"),
        ("stop", 0.1, 10, "quarantined"),
        ("stop", 0.1, 11, "stopped"),
        ("quarantine", 0.0, 3, "quarantined"),
        ("quarantine", 0.0, 4, "stopped"),
        ("quarantine", 0.1, 10, "quarantined"),
        ("quarantine", 0.1, 11, "stopped"),
        ("warn", 0.1, 10, "passed"),
        ("warn", 0.1, 11, "warned"),
    ],
)
def test_verdicts(make_params, action, tolerance, failed, verdict):
    rule = "validate__rules__label_length__"
    params = make_params(**{f"{rule}action": action, f"{rule}tolerance": tolerance, "validate__always_tolerated": 3})
    table = pd.DataFrame({"split": "train", "filename": [f"{i}.jpg" for i in range(100)], "length": 50.0})
    found = row_finding("label_length", params, table, np.arange(failed))
    assert (found.verdict, found.failed, found.checked) == (verdict, failed, 100)
    assert found.wants == "1 to 40 characters"
    assert found.offenders == tuple(f"train/{i}.jpg (50 characters)" for i in range(min(failed, 10)))
