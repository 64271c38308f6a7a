"""Recognition of text in images, with the preparation that the training used. Importing it loads no TensorFlow."""

from inkpipe.serving.recognizer import ImageRecognizer, Recognizer

__all__ = ["ImageRecognizer", "Recognizer"]
