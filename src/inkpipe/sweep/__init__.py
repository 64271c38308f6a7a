"""The search for good parameters by many trainings: ranges, trials, a study that resumes, and its pictures."""
