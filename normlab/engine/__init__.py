"""Who trains what, and when: a queue that all page processes of a store share, and worker processes. No torch here."""

from normlab.engine.cluster import cluster_size
from normlab.engine.engine import Engine, Ticket
from normlab.engine.environment import EngineProblem, megabytes_wanted, scheduler_wanted, workers_wanted
from normlab.engine.fetching import FetchStatus
from normlab.engine.housekeeping import KEEP_SECONDS, Housekeeper
from normlab.engine.sweep import Outcome, carry_out

__all__ = [
    "KEEP_SECONDS",
    "Engine",
    "EngineProblem",
    "FetchStatus",
    "Housekeeper",
    "Outcome",
    "Ticket",
    "carry_out",
    "cluster_size",
    "megabytes_wanted",
    "scheduler_wanted",
    "workers_wanted",
]
