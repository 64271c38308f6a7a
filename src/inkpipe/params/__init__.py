"""params.yaml as frozen, checked models: every knob of the pipeline, its type, its range and its meaning."""

from inkpipe.params.load import load_params, parse_params
from inkpipe.params.models import Params

__all__ = ["Params", "load_params", "parse_params"]
