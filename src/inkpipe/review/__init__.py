"""The review desk: people check predictions, and the next training learns from it."""
