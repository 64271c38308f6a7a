"""PAGE XML and ALTO: files that say where the lines of a page lie and what is written there. XML in, objects out."""

from inkpipe.transcripts.document import Document, Line, Page, Region
from inkpipe.transcripts.parse import BadTranscriptError, parse_transcript, transcript_format

__all__ = ["BadTranscriptError", "Document", "Line", "Page", "Region", "parse_transcript", "transcript_format"]
