"""Optimizers and learning-rate schedules by name. Importing this imports no TensorFlow."""
