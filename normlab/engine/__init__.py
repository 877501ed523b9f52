"""Who trains what, and when: a queue that all page processes of a store share, and worker processes. No torch here."""

from normlab.engine.engine import Engine, Ticket
from normlab.engine.environment import EngineProblem
from normlab.engine.fetching import FetchStatus

__all__ = ["Engine", "EngineProblem", "FetchStatus", "Ticket"]
