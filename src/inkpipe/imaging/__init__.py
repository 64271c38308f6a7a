"""Pure functions on gray images, from encoded bytes to the model's input, for training and serving alike.

Images are uint8 (height, width), dark ink on light background (255 after cleaning).
"""

from inkpipe.imaging.decode import MAX_PIXELS, decode, decode_reduced, encoded_size
from inkpipe.imaging.gray import UnreadableImage
from inkpipe.imaging.pipeline import OPTIONS, Prepared, TextFit, prepare, prepare_measured, prepared_shape

__all__ = [
    "MAX_PIXELS",
    "OPTIONS",
    "Prepared",
    "TextFit",
    "UnreadableImage",
    "decode",
    "decode_reduced",
    "encoded_size",
    "prepare",
    "prepare_measured",
    "prepared_shape",
]
