"""The model: networks, the CTC loss and metrics, decoding, and its files."""
