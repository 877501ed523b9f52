"""How long runs take, from those that have ended."""

import statistics
from collections.abc import Iterable

from normlab.config import RunConfig
from normlab.record import Status
from normlab.store import RunSummary


def estimate(config: RunConfig, known: Iterable[RunSummary]) -> float | None:
    """Seconds for `config`: in proportion to images × epochs, by the median of finished runs on the same data set.

    Runs of this machine count if there are any, else those that ship; None without any.
    """
    paces: dict[bool, list[float]] = {False: [], True: []}
    for run in known:
        if run.status is Status.FINISHED and run.record and run.config.data.dataset is config.data.dataset:
            paces[run.shipped].append(run.record.seconds / _images(run.config))
    pace = paces[False] or paces[True]
    return statistics.median(pace) * _images(config) if pace else None


def _images(config: RunConfig) -> int:
    return config.data.training_images * config.optim.epochs
