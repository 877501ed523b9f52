"""Everything that docs/predictions.md expects, as numbers."""

from normlab.study.claims.expectations import Expectation
from normlab.study.claims.expected_grids import EXPECTATIONS as _GRIDS
from normlab.study.claims.expected_mechanisms import EXPECTATIONS as _MECHANISMS

EXPECTATIONS: tuple[Expectation, ...] = (*_MECHANISMS, *_GRIDS)
"""In the document's order."""
