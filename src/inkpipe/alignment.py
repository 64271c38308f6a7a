"""What CTC needs to align a label with the frames of a network's output."""

from __future__ import annotations

from operator import eq


def frames_needed(label: str) -> int:
    """Count the frames that CTC needs for a label: one for each character and a blank between equal neighbors.

    Graves et al., "Connectionist temporal classification" (2006).

    Args:
        label: normalized.
    """
    return len(label) + sum(map(eq, label, label[1:]))
