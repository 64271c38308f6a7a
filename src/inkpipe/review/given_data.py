"""What the words of a command line name: labeled or unlabeled images, lines of pages, corpora half transcribed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from inkpipe.data.corpus import SPLITS
from inkpipe.imaging import UnreadableImage
from inkpipe.output import decodable
from inkpipe.serving.recognizer import EncodedImage
from inkpipe.sources.folder import FolderSource, NoLayoutError
from inkpipe.sources.page_cutting import PageTranscript
from inkpipe.transcription.inputs import Inputs


class GivenImage(NamedTuple):
    """An image as it was given.

    Attributes:
        name: of the image, or of the line within its page.
        content: its bytes, or why there are none.
        label: the text that it came with; None for none.
        split: `train`, `validation` or `test`, if the data is in a layout; None if it is images alone.
        extra: further columns of the data, such as page and writer.
    """

    name: str
    content: EncodedImage
    label: str | None = None
    split: str | None = None
    extra: Mapping[str, str | None] = {}


class GivenData:
    """The images of a review, and the transcripts that they were cut by.

    Args:
        inputs: the images as `inkpipe read` takes them, for data in no layout.
        beginnings: that their names are told without, so that a review knows them again from another working folder.
        source: of the data in a layout; None if it is in none.
    """

    def __init__(self, inputs: Inputs, beginnings: Sequence[str], source: FolderSource | None = None) -> None:
        self._inputs, self._beginnings, self._source = inputs, beginnings, source

    def __len__(self) -> int:
        return len(self._inputs) if self._source is None else sum(map(self._source.count, SPLITS))

    def __iter__(self) -> Iterator[GivenImage]:
        if self._source is None:
            for image in self._inputs:
                yield GivenImage(self._name(image.name), image.read())
            return
        unreadable: list[GivenImage] = []

        def on_unreadable(name: str, reason: str) -> None:
            unreadable.append(GivenImage(name, UnreadableImage(reason)))

        for split in SPLITS:
            for sample in self._source.samples(split, on_unreadable) if self._source.count(split) else ():
                label = sample.label if sample.label and sample.label.strip() else None
                yield GivenImage(sample.filename, sample.image, label, split, sample.extra)
        yield from unreadable

    def _name(self, name: str) -> str:
        beginning = next((each for each in self._beginnings if name.startswith(each)), "")
        return decodable(name.removeprefix(beginning))

    def transcripts(self) -> Iterator[PageTranscript]:
        """The files by which lines were cut out of pages, one for each page."""
        return iter(()) if self._source is None else self._source.transcripts()


def open_data(words: Sequence[str], layout: str | None, options: Mapping[str, object]) -> GivenData:
    """Find out what is given.

    Args:
        words: as of `inkpipe read`; `-` is not among them.
        layout: the name of the layout; None to find it.
        options: of a `FolderSource`.

    Raises:
        InkpipeError: there is nothing, the layout does not fit, or several do.
    """
    inputs = Inputs(words, bytes)
    path = Path(words[0])
    if len(words) > 1 or not (path.is_dir() or path.suffix.lower() == ".zip"):
        return GivenData(inputs, ())
    beginnings = (f"{path}/", f"{words[0]}/")
    try:
        settings = {**options, "layout": layout, "max_unmatched_fraction": 1.0, "untranscribed": True}
        return GivenData(inputs, beginnings, FolderSource(path, **settings))  # type: ignore[arg-type]
    except NoLayoutError:
        if layout:
            raise
        return GivenData(inputs, beginnings)
