"""Measurements of the study that no run records: what BatchNorm's memory does, step by step."""
