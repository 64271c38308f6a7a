"""Training: fit, keep the best checkpoint, resume."""
