"""The review desk: people check what a model read, and the next training learns from it."""
