"""One run, start to end, into its run folder."""

from collections.abc import Callable

from normlab import cores
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.record import Ended, Event, RunRecord, Snapshot
from normlab.store import Store
from normlab.training.data import load_splits
from normlab.training.threads import use
from normlab.training.train import iter_events


def execute(
    config: RunConfig,
    store: Store,
    *,
    stop: Callable[[], bool],
    threads: int | None = None,
    on_event: Callable[[Event], None] | None = None,
    again: bool = False,
) -> RunRecord | None:
    """Train the run and keep it; None if `stop` said so, and the run is left as interrupted.

    `stop` is asked after each event; `on_event` hears each one. Without a number of `threads` the run has all cores, as
    one has that trains alone. A diverged run has a record like a finished one. With
    `again` an ended run of this store is set aside first.

    Raises:
        AlreadyClaimed: if another process trains it.
        AlreadyFinished: if it has ended, unless `again`.
        DataProblem: if its data set is missing or damaged.
        StoreProblem: if the store cannot be written.
    """
    use(threads or cores.for_lone_run())
    config = canonical(config)
    splits = load_splits(config.data)
    with store.begin(config, again=again) as attempt:
        for event in iter_events(config, splits):
            if isinstance(event, Snapshot):
                attempt.append(event)
                continue
            if on_event is not None:
                on_event(event)
            if isinstance(event, Ended):
                return attempt.commit(event)
            attempt.append(event)
            if stop():
                return None
    raise AssertionError("the last event of a training is Ended")
