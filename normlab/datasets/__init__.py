"""Everything the house knows of a data set: a file a data set, which holds one `SPEC`.

Knows nothing of torch, of configurations or of the page; they all ask here. A file that is put beside the others is a
data set: settings, training, downloads, drawings, pages and exported scripts have it.
"""

from collections.abc import Mapping

from normlab.datasets.spec import (
    CLASSES,
    IDX_NAMES,
    DataProblem,
    DatasetSpec,
    Framing,
    IdxFiles,
    Pool,
    RemoteFile,
    Script,
    idx_files,
    torchvision,
)
from normlab.registry import specs

__all__ = [
    "CLASSES",
    "IDX_NAMES",
    "SPECS",
    "DataProblem",
    "DatasetSpec",
    "Framing",
    "IdxFiles",
    "Pool",
    "RemoteFile",
    "Script",
    "idx_files",
    "torchvision",
]

SPECS: Mapping[str, DatasetSpec] = {spec.key: spec for spec in sorted(specs(__name__, __path__), key=DatasetSpec.rank)}
"""By key, the smallest first."""
