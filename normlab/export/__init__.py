"""A run to take away: its network and recipe as code and notebook, its weights, its numbers, where they come from."""

from normlab.export.code import pytorch_code
from normlab.export.notebook import notebook
from normlab.export.tables import layers_csv, log_csv, predictions_csv, provenance, steps_csv
from normlab.export.weights import file_name, loading_code, weights_file

__all__ = [
    "file_name",
    "layers_csv",
    "loading_code",
    "log_csv",
    "notebook",
    "predictions_csv",
    "provenance",
    "pytorch_code",
    "steps_csv",
    "weights_file",
]
