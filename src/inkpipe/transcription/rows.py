"""A row of a transcription: an image, and its text or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inkpipe.contract.single_image import image_violations
from inkpipe.imaging import UnreadableImage
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.output import decodable
from inkpipe.rules import RowRule
from inkpipe.serving.recognizer import EncodedImage, ImageRecognizer
from inkpipe.transcription.image_file import ImageFile

DIGITS = 6  # of confidences and scores: what a network computes is not exact beyond


class Row(NamedTuple):
    r"""A row.

    Attributes:
        image: the name of the image, with `\xe9` for the byte E9 of a name that is not UTF-8.
        text: the recognized text; empty if the image could not be read.
        confidence: of the text, 0 to 1; None if the image could not be read.
        characters: the confidence of each character, 0 to 1; empty if the decoder gives none.
        alternatives: the likeliest texts, the text itself first; empty unless they are asked for.
        warnings: rules of the contract that the image violates: its text is not to be relied on.
        error: why the image could not be read; None if it could.
        per_character: the geometric mean of the confidences of the characters, by which lines of any length compare;
            None if the image could not be read.
    """

    image: str
    text: str = ""
    confidence: float | None = None
    characters: tuple[float, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None
    per_character: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The row as content for JSON; what is empty is left out, but for the text."""
        content = self._asdict() | {"alternatives": [each._asdict() for each in self.alternatives]}
        always = ("image", "text", "confidence")
        return {name: value for name, value in content.items() if value or value == 0.0 or name in always}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Row:
        """The row that `to_json` gave.

        Raises:
            TypeError: the content is of no row.
        """
        lists = {name: tuple(content.get(name, ())) for name in ("characters", "warnings")}
        alternatives = tuple(Alternative(**each) for each in content.get("alternatives", ()))
        return cls(**{**content, **lists, "alternatives": alternatives})


def transcribe(
    recognizer: ImageRecognizer, images: Iterable[ImageFile], rules: Sequence[RowRule], alternatives: bool
) -> Iterator[Row]:
    """Recognize the text of images as a stream.

    The rules are checked last: only an image that the recognizer could decode, mostly in a process of its own, is
    decoded in this one, which a fault of an image library would end.

    Args:
        recognizer: of a model.
        images: the images.
        rules: of the contract, on the picture; an image that violates one gets a warning.
        alternatives: whether rows have them.

    Yields:
        A row for each image, in their order.
    """
    for (name, content), result in recognizer.recognize_each(_opened(images)):
        if isinstance(result, UnreadableImage):
            yield Row(name, error=decodable(result))
            continue
        violations = image_violations(content, rules) if isinstance(content, bytes) else ()
        warnings = tuple(f"{violation} {violation.advice}" for violation in violations)
        yield _rounded(name, result, result.alternatives if alternatives else (), warnings)


def rounded(confidence: float) -> float:
    """A confidence with `DIGITS` decimals; a smaller one with three significant digits, so that none becomes 0."""
    return round(confidence, DIGITS) if confidence >= 10**-DIGITS else float(f"{confidence:.3g}")


def _opened(images: Iterable[ImageFile]) -> Iterator[tuple[tuple[str, EncodedImage], EncodedImage]]:
    for image in images:
        content = image.read()
        yield (decodable(image.name), content), content


def _rounded(name: str, result: Prediction, alternatives: Sequence[Alternative], warnings: tuple[str, ...]) -> Row:
    return Row(
        name,
        result.text,
        rounded(result.confidence),
        tuple(round(each, DIGITS) for each in result.characters),
        tuple(Alternative(text, round(part, DIGITS), round(score, DIGITS)) for text, part, score in alternatives),
        warnings,
        per_character=rounded(result.per_character),
    )
