"""Who trains what, and when: a queue that all page processes of a store share, and worker processes. No torch here."""

from normlab.engine.engine import Engine, Ticket
from normlab.engine.environment import EngineProblem
from normlab.engine.fetching import FetchStatus
from normlab.engine.housekeeping import KEEP_SECONDS, Housekeeper

__all__ = ["KEEP_SECONDS", "Engine", "EngineProblem", "FetchStatus", "Housekeeper", "Ticket"]
