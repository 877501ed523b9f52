"""What each technique does, part by part: contrasts with their intervals, judged together for each part."""

from collections.abc import Sequence
from dataclasses import dataclass

from normlab.compare import Finding, findings, unpaired
from normlab.findings.quantities import TEST_ACCURACY
from normlab.findings.questions import MARGIN
from normlab.findings.results import Results


@dataclass(frozen=True, slots=True)
class Technique:
    """What is changed: from the arm `without` to the arm `with_it`; dropout changes the part instead of the arm."""

    name: str
    without: str
    with_it: str


NORMS: tuple[Technique, ...] = (
    Technique("BatchNorm instead of no norm", "none/none", "bn/none"),
    Technique("LayerNorm instead of no norm", "none/none", "ln/none"),
    Technique("GroupNorm instead of no norm", "none/none", "gn/none"),
    Technique("LayerNorm instead of BatchNorm", "bn/none", "ln/none"),
    Technique("GroupNorm instead of BatchNorm", "bn/none", "gn/none"),
)
PENALTIES: tuple[Technique, ...] = tuple(
    Technique(f"{penalty} added to {name}", f"{norm}/none", f"{norm}/{penalty.lower().replace(' ', '')}")
    for penalty in ("L1", "L2", "L1 + L2")
    for norm, name in (("none", "no norm"), ("bn", "BN"), ("ln", "LN"), ("gn", "GN"))
)
DROPOUT: tuple[Technique, ...] = tuple(
    Technique(f"dropout 0.05 added to {name}", f"{norm}/none", f"{norm}/none")
    for norm, name in (("none", "no norm"), ("bn", "BN"), ("ln", "LN"), ("gn", "GN"))
)


def effects(techniques: Sequence[Technique], part: str, results: Results, reference: str = "") -> list[Finding | None]:
    """The change of test accuracy by each technique, in points; None where one of its arms has no run.

    `reference` is the part in which the arm without it is, if it is another one.
    """
    pairs = [
        (
            list(results.values(reference or part, one.without, TEST_ACCURACY).values()),
            list(results.values(part, one.with_it, TEST_ACCURACY).values()),
        )
        for one in techniques
    ]
    judged = iter(findings([unpaired(*pair) for pair in pairs if all(pair)], "points", MARGIN))
    return [next(judged) if all(pair) else None for pair in pairs]
