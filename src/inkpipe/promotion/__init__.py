"""The promotion gate: the champion changes only for a better model."""
