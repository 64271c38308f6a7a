"""Pure functions on grey images, uint8 (height, width), dark ink on white (255) paper; serving uses the same."""

from inkpipe.imaging.decode import MAX_PIXELS, UnreadableImage, decode, glance
from inkpipe.imaging.pipeline import OPTIONS, prepare, prepared_shape

__all__ = ["MAX_PIXELS", "OPTIONS", "UnreadableImage", "decode", "glance", "prepare", "prepared_shape"]
