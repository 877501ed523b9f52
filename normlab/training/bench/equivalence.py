"""Whether the project's training is the same experiment as the reference: test accuracy of both over seeds.

What these accuracies say is judged by ranks, as all comparisons are, in `cli/bench_equivalence.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from normlab.training.bench import cases
from normlab.training.bench.loops import Normlab, Plain
from normlab.training.machine import machine, versions


@dataclass(slots=True)
class Accuracies:
    """Test accuracies in percent after `epochs` epochs of the study's recipe with BN, one of each a seed."""

    machine: str
    versions: dict[str, str]
    date: str
    epochs: int
    reference: list[float] = field(default_factory=list)
    project: list[float] = field(default_factory=list)


def measured(tell: Callable[[str], None], seeds: int = 10, epochs: int = 3) -> Accuracies:
    """Both take turns, seed by seed."""
    found = Accuracies(machine(), dict(versions()), datetime.now(UTC).date().isoformat(), epochs)
    for seed in range(1, seeds + 1):
        tell(f"seed {seed} of {seeds}")
        config = cases.BN.config(epochs=epochs, seed=seed)
        *_, theirs = Plain().epochs(config)
        *_, ours = Normlab().epochs(config)
        found.reference.append(100 * theirs.accuracy)
        found.project.append(100 * ours.accuracy)
    return found
