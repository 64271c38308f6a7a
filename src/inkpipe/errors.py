"""The one exception whose message is written for users, and what no output may show."""

from __future__ import annotations

import re

PASSWORD = re.compile(r"(?P<user>://[^\s:/@]*:)[^\s/]+@")  # of a URI such as postgresql://user:password@host/name


class InkpipeError(Exception):
    """Input, parameters or an environment that inkpipe cannot work with.

    The message says what is wrong, what was received and what to do; it hides the passwords of URIs. Commands and
    stages print it without a traceback and exit with code 1. Any other exception is a defect of inkpipe and keeps its
    traceback.
    """

    def __init__(self, message: str = ""):
        super().__init__(without_passwords(message))


def without_passwords(text: str) -> str:
    """Hide the passwords of all URIs in a text that people or logs get to see.

    Args:
        text: such as a message of a library that names the address of a server.

    Returns:
        The text with `***` for each password.
    """
    return PASSWORD.sub(r"\g<user>***@", text)
