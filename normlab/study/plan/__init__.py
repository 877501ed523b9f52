"""Which runs and measurements belong to the study, as data."""
