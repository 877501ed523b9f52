"""Everything the house knows of a norm: a file a norm, which holds one `SPEC`.

Knows nothing of torch, of configurations or of the page; they all ask here. A file that is put beside the others is a
norm: settings, networks, kernels, worksheet, charts and exported scripts have it.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from normlab.norms.spec import Channels, NormSpec, Script, Settings, Sharing, divisors

__all__ = ["SPECS", "Channels", "NormSpec", "Script", "Settings", "Sharing", "divisors"]


def _specs() -> Iterator[NormSpec]:
    for module in iter_modules(__path__):
        if module.name != "spec":
            yield import_module(f"{__name__}.{module.name}").SPEC


SPECS: Mapping[str, NormSpec] = {spec.key: spec for spec in sorted(_specs(), key=NormSpec.rank)}
"""By key, in the order in which a block applies them: from the norm whose statistic covers most to the one whose covers
least."""
