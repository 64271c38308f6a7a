"""The settings of an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inkpipe.rules import RowRule
from inkpipe.server.guard import Access
from inkpipe.server.request_limits import Limits
from inkpipe.server.sampling import SampleLog


class Settings(NamedTuple):
    """The settings of an application.

    Attributes:
        access: who may come in.
        rules: of the contract, on the picture; an image that violates one gets a warning.
        limits: of a request.
        poll: seconds between two looks for another model.
        log: of a sample of the images; None for none.
    """

    access: Access
    rules: Sequence[RowRule]
    limits: Limits = Limits()
    poll: float = 10
    log: SampleLog | None = None
