"""Whether the project's training is the same experiment as the reference: test accuracy over seeds, and an interval."""

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from scipy.stats import t

from normlab.training import threads
from normlab.training.bench import cases, reference, timing
from normlab.training.machine import machine, versions

MARGIN = 0.15
"""Points; the 90 % interval of the difference must lie within it (two one-sided tests at 5 %)."""


@dataclass(slots=True)
class Equivalence:
    """Test accuracies in percent after `epochs` epochs of the study's recipe with BN, one of each a seed."""

    machine: str
    versions: dict[str, str]
    date: str
    epochs: int
    reference: list[float] = field(default_factory=list)
    project: list[float] = field(default_factory=list)

    @property
    def difference(self) -> float:
        """Points, the project's mean minus the reference's."""
        return statistics.mean(self.project) - statistics.mean(self.reference)

    @property
    def interval(self) -> tuple[float, float]:
        """90 %, after Welch: the same seed draws other numbers in the reference, so the runs make no pairs."""
        parts = [statistics.variance(values) / len(values) for values in (self.reference, self.project)]
        freedom = sum(parts) ** 2 / sum(part**2 / (len(self.reference) - 1) for part in parts)
        half = sum(parts) ** 0.5 * float(t.ppf(0.95, freedom))
        return self.difference - half, self.difference + half

    def plain(self) -> dict[str, Any]:
        """With what follows from the accuracies."""
        interval = [round(edge, 3) for edge in self.interval]
        return {**asdict(self), "difference": round(self.difference, 3), "interval_90": interval}


def equivalence(tell: Callable[[str], None], seeds: int = 10, epochs: int = 3) -> Equivalence:
    """Both take turns, seed by seed."""
    found = Equivalence(machine(), dict(versions()), datetime.now(UTC).date().isoformat(), epochs)
    for seed in range(1, seeds + 1):
        tell(f"seed {seed} of {seeds}")
        config = cases.EPOCHS[0].config(epochs=epochs, seed=seed)
        *_, theirs = reference.train(config, workers=0)
        threads.use(timing.THREADS)
        *_, ours = timing.ends(config)
        found.reference.append(100 * theirs.accuracy)
        found.project.append(100 * ours.test.accuracy)
    return found
