"""The model card of a version: what a person who is to trust, publish or repair a model needs to know of it."""
