"""Reading images with a trained reader, on the path by which it was trained. Importing this imports no TensorFlow."""

from inkpipe.serving.reader import Read, Reader

__all__ = ["Read", "Reader"]
