"""Parameters with some values replaced, for tests that need the content of params.yaml."""

import copy


def replaced(content, values):
    """A copy of nested content with values replaced by dotted name: `replaced(content, {"model.preset": "paper"})`."""
    content = copy.deepcopy(content)
    for name, value in values.items():
        *sections, last = name.split(".")
        inner = content
        for section in sections:
            inner = inner[section]
        inner[last] = value
    return content


def dotted(values):
    """Keyword arguments as dotted names: `model__preset` is `model.preset`."""
    return {name.replace("__", "."): value for name, value in values.items()}
