"""Everything the house knows of a norm: a file a norm, which holds one `SPEC`.

Knows nothing of torch, of configurations or of the page; they all ask here. A file that is put beside the others is a
norm: settings, networks, kernels, worksheet, charts and exported scripts have it.
"""

from collections.abc import Mapping

from normlab.norms.spec import Channels, NormSpec, Script, Settings, Sharing, divisors
from normlab.registry import specs

__all__ = ["SPECS", "Channels", "NormSpec", "Script", "Settings", "Sharing", "divisors"]

SPECS: Mapping[str, NormSpec] = {spec.key: spec for spec in sorted(specs(__name__, __path__), key=NormSpec.rank)}
"""By key, in the order in which a block applies them: from the norm whose statistic covers most to the one whose covers
least."""
