"""Transcription: images wherever they lie to a table of texts, in their order, resumable."""
