"""The recognizer: encoded images in, text and confidence out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from inkpipe.batching import batched
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.imaging import UnreadableImage, decode, prepare
from inkpipe.imaging.opencv import cv2
from inkpipe.model.artifacts import ModelSettings, load_knowledge, load_settings, model_digest
from inkpipe.model.decoding import Decoder, build_decoder
from inkpipe.model.likelihood import text_log_ratios
from inkpipe.model.prediction import Prediction
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.serving.runtimes import Network, open_network

BATCH = 128  # images in memory at once: enough to keep the network busy, few enough for large scans

Key = TypeVar("Key")
Picture = NDArray[np.uint8]  # gray (height, width), 0 ink to 255 background
EncodedImage = bytes | UnreadableImage  # the bytes of an image file, or why there are none
Image = EncodedImage | Picture


class ImageRecognizer(Protocol):
    """The interface of all recognizers: `Recognizer`, and `ProcessRecognizer` in processes of its own."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that its texts consist of, and how labels are normalized for a comparison."""
        ...

    @property
    def digest(self) -> str:
        """The digest of the model's files."""
        ...

    @property
    def preprocess(self) -> PreprocessParams:
        """How images are prepared for its network."""
        ...

    def recognize_each(
        self, images: Iterable[tuple[Key, EncodedImage]]
    ) -> Iterator[tuple[Key, Prediction | UnreadableImage]]:
        """Recognize the text of images, some of which may be unreadable; see `Recognizer.recognize_each`."""
        ...

    def log_ratios(self, images: Sequence[bytes], texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Compare two texts for each image; see `Recognizer.log_ratios`."""
        ...


class Recognizer:
    """A trained model that takes images as they are in their files.

    Args:
        network: of the model, in any runtime.
        decoder: for its logits.
        settings: of the model.
        digest: of the model's files.

    Attributes:
        vocabulary: the characters that its texts consist of, and how labels are normalized for a comparison.
        digest: of the model's files.
        preprocess: how images are prepared for the network.
    """

    def __init__(self, network: Network, decoder: Decoder, settings: ModelSettings, digest: str) -> None:
        self._network, self._decoder, self.preprocess = network, decoder, settings.preprocess
        self.vocabulary, self.digest = settings.vocabulary, digest

    @classmethod
    def load(cls, folder: Path, threads: int = 0, alternatives: int | None = None) -> Recognizer:
        """Load a model from its files. Without `network.onnx` among them Keras runs it.

        Args:
            folder: the folder of the model's files.
            threads: of the network, 0 for one a core; see `open_network`.
            alternatives: likeliest texts that a prediction carries; None for as many as the model's settings say.

        Raises:
            InkpipeError: the folder is not a model.
        """
        network, settings = open_network(folder, threads), load_settings(folder)
        decode = settings.decode
        if alternatives is not None:
            decode = decode.model_copy(update={"alternatives": alternatives})
        decoder = build_decoder(decode, settings.vocabulary, load_knowledge(folder, settings))
        return cls(network, decoder, settings, model_digest(folder))

    def recognize(self, images: Iterable[bytes]) -> Iterator[Prediction]:
        """Recognize the text of images as a stream.

        Args:
            images: encoded images of one line of text each.

        Yields:
            A prediction for each image, in their order.

        Raises:
            UnreadableImage: the bytes are not an image. The message gives its number, counted from 1.
        """
        for number, result in self.recognize_each(enumerate(images, start=1)):
            if isinstance(result, UnreadableImage):
                raise UnreadableImage(f"Image {number}: {result}") from result
            yield result

    def recognize_each(self, images: Iterable[tuple[Key, Image]]) -> Iterator[tuple[Key, Prediction | UnreadableImage]]:
        """Recognize the text of images, some of which may be unreadable, as a stream.

        Args:
            images: pairs of a key and an image: encoded bytes, pixels of uint8 (height, width) from 0 ink to 255
                background, or the reason why there is no image.

        Yields:
            Each key with the prediction, or with the reason why the image is unreadable, in their order.
        """
        prepared = ((key, self._prepare(image)) for key, image in images)
        for batch in batched(prepared, BATCH):
            pictures = [picture for _, picture in batch if not isinstance(picture, UnreadableImage)]
            predictions = iter(self._predict(np.stack(pictures)) if pictures else ())
            for key, picture in batch:
                yield key, picture if isinstance(picture, UnreadableImage) else next(predictions)

    def log_ratios(self, images: Sequence[bytes], texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Compare two texts for each image by the network alone, without decoder and its language model.

        Args:
            images: encoded images, at least one, that can be recognized.
            texts: a normalized text for each image.
            others: another one for each.

        Returns:
            As of `inkpipe.model.likelihood.text_log_ratios`.

        Raises:
            UnreadableImage: an image cannot be recognized.
        """
        pictures = []
        for image in images:
            if isinstance(picture := self._prepare(image), UnreadableImage):
                raise picture
            pictures.append(picture)
        return text_log_ratios(self._network.logits(np.stack(pictures)), self.vocabulary, texts, others)

    def _predict(self, pictures: NDArray[np.uint8]) -> list[Prediction]:
        return self._decoder.decode(self._network.logits(pictures))

    def _prepare(self, image: Image) -> Picture | UnreadableImage:
        if isinstance(image, UnreadableImage):
            return image
        try:
            picture = decode(image) if isinstance(image, bytes) else image
        except UnreadableImage as error:
            return error
        try:
            return prepare(picture, self.preprocess)
        except (cv2.error, ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as error:
            height, width = picture.shape
            return UnreadableImage(
                f"The image cannot be prepared. Received: {width} x {height} pixels, {error}. "
                "Give an image of one line of handwriting."
            )
