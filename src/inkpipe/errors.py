"""The one exception that a user is meant to read."""

from __future__ import annotations


class InkpipeError(Exception):
    """Input, settings or surroundings that inkpipe cannot work with.

    The message says what is wrong, what was received and what to do. Commands and stages print it alone, without
    a traceback, and exit with code 1; anything else that is raised is a defect of inkpipe and keeps its traceback.
    """
