"""params.yaml as frozen, checked models: the type and the range of every parameter of the pipeline.

Importing one section, as recognition does, loads no other: what all of them make up is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inkpipe.params.load import load_params, parse_params
    from inkpipe.params.params import Params

__all__ = ["Params", "load_params", "parse_params"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inkpipe.params import load

    return getattr(load, name)
