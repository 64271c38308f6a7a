"""params.yaml as frozen, checked models: the type and the range of every parameter of the pipeline."""

from inkpipe.params.load import load_params, parse_params
from inkpipe.params.params import Params

__all__ = ["Params", "load_params", "parse_params"]
