"""The one exception whose message is written for users."""

from __future__ import annotations


class InkpipeError(Exception):
    """Input, parameters or an environment that inkpipe cannot work with.

    The message says what is wrong, what was received and what to do. Commands and stages print it without a traceback
    and exit with code 1. Any other exception is a defect of inkpipe and keeps its traceback.
    """
