"""Kaggle data sets: the source, the client of the service, and transfers that resume."""
