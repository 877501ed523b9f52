"""What can be said of a configuration now: shown, being trained, or why neither."""

from dataclasses import dataclass
from enum import Enum, auto

from normlab.app.shell import cached
from normlab.config import RunConfig
from normlab.engine import Ticket
from normlab.generation import is_older
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Run


class Kind(Enum):
    """ENDED: finished or diverged. LIVE: waiting or training. FAILED and INTERRUPTED can be trained again."""

    ENDED = auto()
    LIVE = auto()
    FAILED = auto()
    INTERRUPTED = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Phase:
    """`run` is what there is of the run so far, `ticket` its place in the queue.

    ENDED with a run of an older generation: it may be trained again, and is LIVE once that was asked for.
    """

    kind: Kind
    run: Run | None
    ticket: Ticket | None

    @property
    def recorded(self) -> Run | None:
        """The run, if nothing is added to it now."""
        return None if self.kind is Kind.LIVE else self.run


def phase(config: RunConfig) -> Phase:
    """The store's word on an ended run comes first; a run without a ticket is trained by somebody else."""
    run = cached.run(config)
    if run is not None and run.record is not None and not is_older(run.record):
        return Phase(Kind.ENDED, run, None)
    ticket = cached.engine().ticket(run_id(config), cached.session_id())
    if ticket is not None and ticket.state == "failed":
        return Phase(Kind.FAILED, run, ticket)
    if ticket is not None:
        return Phase(Kind.LIVE, run if run is None or run.record is None else None, ticket)
    if run is not None and run.record is not None:
        return Phase(Kind.ENDED, run, None)
    if run is None:
        return Phase(Kind.NOTHING, None, None)
    return Phase(Kind.LIVE if run.status is Status.RUNNING else Kind.INTERRUPTED, run, None)
