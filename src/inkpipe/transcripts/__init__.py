"""PAGE XML and ALTO: files that say where the lines of a page lie and what is written there. XML in, objects out."""

from inkpipe.transcripts.document import Document, Line, Page, Region
from inkpipe.transcripts.line_texts import LineText, with_texts
from inkpipe.transcripts.parse import BadTranscriptError, parse_transcript, transcript_format

__all__ = [
    "BadTranscriptError",
    "Document",
    "Line",
    "LineText",
    "Page",
    "Region",
    "parse_transcript",
    "transcript_format",
    "with_texts",
]
