"""What the study's repetition found, computed from what ships: claims and verdicts, predictions, mechanisms.

Knows runs and result files, nothing of widgets. Whatever is not measured yet is said so; nothing here holds a result.
"""

from normlab.findings.claims import BY_KEY, CLAIMS, MAIN, Claim, Verdict, arm_name
from normlab.findings.expectations import Expectation, Outcome, Result, compare
from normlab.findings.expected_grids import EXPECTATIONS as _GRIDS
from normlab.findings.expected_mechanisms import EXPECTATIONS as _MECHANISMS
from normlab.findings.judging import carried, judge
from normlab.findings.questions import Answer, Evidence, Question
from normlab.findings.results import EVERY, Results, of_store

EXPECTATIONS: tuple[Expectation, ...] = (*_MECHANISMS, *_GRIDS)
"""Everything that docs/predictions.md expects, as numbers."""

__all__ = [
    "BY_KEY",
    "CLAIMS",
    "EVERY",
    "EXPECTATIONS",
    "MAIN",
    "Answer",
    "Claim",
    "Evidence",
    "Expectation",
    "Outcome",
    "Question",
    "Result",
    "Results",
    "Verdict",
    "arm_name",
    "carried",
    "compare",
    "judge",
    "of_store",
]
