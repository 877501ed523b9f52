"""The techniques whose effects are asked of every part, as data."""

from dataclasses import dataclass


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
