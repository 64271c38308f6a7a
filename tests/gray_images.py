"""Labeled images of one gray value each, by which a test tells them apart."""

import numpy as np

from inkpipe.dataset.batches import ArrayImages


def gray_images(values):
    """Images in memory of 4 x 6 pixels with these gray values; each has its place as its label."""
    pixels = np.stack([np.full((4, 6), value, np.uint8) for value in values])
    return ArrayImages(pixels, [[place + 1] for place in range(len(values))])


def gray_values(images, epoch=0):
    """The gray values of a stream of such images, in its order."""
    return [int(images.parse(element)[0][0, 0]) for element in images.elements(epoch)]
