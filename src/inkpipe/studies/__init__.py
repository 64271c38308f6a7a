"""Questions that take several trainings: which training labels are wrong, and what would more labels buy?"""
