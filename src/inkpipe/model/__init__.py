"""The reader: architectures, `CTCOCRModel`, decoding, metrics, schedules and how readers lie on disk."""
