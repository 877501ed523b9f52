"""Everything the house knows of a data set: a file a data set, which holds one `SPEC`.

Knows nothing of torch, of configurations or of the page; they all ask here. A file that is put beside the others is a
data set: settings, training, downloads, drawings, pages and exported scripts have it.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

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


def _specs() -> Iterator[DatasetSpec]:
    for module in iter_modules(__path__):
        if module.name != "spec":
            yield import_module(f"{__name__}.{module.name}").SPEC


SPECS: Mapping[str, DatasetSpec] = {spec.key: spec for spec in sorted(_specs(), key=DatasetSpec.rank)}
"""By key, the smallest first."""
