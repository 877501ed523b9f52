"""Experiments as data: which runs belong to them. Nothing here trains."""
