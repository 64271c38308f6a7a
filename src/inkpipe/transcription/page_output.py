"""Recognized texts written back into PAGE XML and ALTO files, in another folder than theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inkpipe.errors import InkpipeError
from inkpipe.files import whole_file
from inkpipe.transcription.image_file import ImageFile, TranscriptFile
from inkpipe.transcription.inputs import Inputs
from inkpipe.transcription.rows import Row
from inkpipe.transcripts import BadTranscriptError, LineText, parse_transcript, with_texts


class PageFolder:
    """A folder for the transcripts of some inputs. Each lies there as it lay below the folder or zip that was given.

    Args:
        folder: need not exist.
        inputs: the images of a run.

    Raises:
        InkpipeError: there is no transcript among the inputs, two of them would become one file, or a run would read
            what an earlier one wrote.
    """

    def __init__(self, folder: Path, inputs: Inputs) -> None:
        len(inputs)  # comes across all transcripts
        self._folder, self._left = folder, dict(inputs.transcripts)
        if not self._left:
            absent = inputs.absent
            received = f"{absent[0]}, where nothing is" if absent else "images alone"
            raise InkpipeError(
                f"There is no PAGE or ALTO file to write back. Received: {received}. "
                "Give the folder or zip that holds both, or leave out --pages."
            )
        if within := next((each for each in inputs.folders if folder.resolve().is_relative_to(each.resolve())), None):
            raise InkpipeError(
                f"The next run would read what this one writes. Received: --pages {folder}, within {within}. "
                "Name a folder elsewhere."
            )
        targets: dict[Path, str] = {}
        for transcript in self._left.values():
            target = folder / transcript.relative
            if (other := targets.setdefault(target, transcript.name)) != transcript.name:
                raise InkpipeError(
                    f"Two transcripts would become one file. Received: {other} and {transcript.name}. "
                    "Give the folder that holds both."
                )
            if transcript.path and target.resolve() == transcript.path.resolve():
                raise InkpipeError(
                    f"A transcript would be overwritten. Received: --pages {folder} for {transcript.name}. "
                    "Name a folder elsewhere."
                )

    def write(self, results: Iterable[tuple[ImageFile, Row]]) -> Iterator[Row]:
        """Write each transcript when its last line has passed by, and the others at the end as they are.

        A line that could not be read keeps the text that it has. A transcript that cannot be read is not written.

        Args:
            results: all images of the inputs, in their order, with their rows.

        Yields:
            The rows.
        """
        transcript: TranscriptFile | None = None
        texts: dict[int, LineText] = {}
        for image, row in results:
            if transcript and (image.line is None or image.line.transcript.name != transcript.name):
                self._write(transcript, texts)
                transcript = None
            if image.line:
                if transcript is None:
                    transcript, texts = image.line.transcript, {}
                if row.error is None:
                    texts[image.line.place] = LineText(row.text, row.confidence)
            yield row
        if transcript:
            self._write(transcript, texts)
        for other in list(self._left.values()):
            self._write(other, {})

    def _write(self, transcript: TranscriptFile, texts: Mapping[int, LineText]) -> None:
        self._left.pop(transcript.name, None)
        try:
            content = transcript.read()
            parse_transcript(content)
        except BadTranscriptError:  # its row says so
            return
        with whole_file(self._folder / transcript.relative) as partial:
            partial.write_bytes(with_texts(content, texts) if texts else content)
