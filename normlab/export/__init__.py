"""A run to take away: its network and recipe as PyTorch code, its numbers as CSV, and where they come from."""

from normlab.export.code import pytorch_code
from normlab.export.tables import log_csv, provenance, steps_csv

__all__ = ["log_csv", "provenance", "pytorch_code", "steps_csv"]
