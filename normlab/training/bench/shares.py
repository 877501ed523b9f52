"""Where an epoch's time goes: the training itself, with clocks on its functions."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from normlab.config import RunConfig
from normlab.record import EpochEnd
from normlab.settings import changed
from normlab.training import threads, train
from normlab.training.bench.loops import THREADS
from normlab.training.bench.report import Shares
from normlab.training.ledger import Ledger

Function = tuple[Any, str]
"""A module or class, and the name of what is called there."""

MEASURE: Function = (train, "_measure")
"""What an epoch's end takes."""
STEPS, TESTS, STATISTICS, LEDGER, REST = "training steps", "tests", "layer statistics", "ledger", "rest"
_PARTS: Mapping[str, tuple[Function, ...]] = {
    TESTS: ((train, "evaluate"), (train, "other_modes")),
    STATISTICS: ((train, "layer_statistics"),),
    LEDGER: ((Ledger, "open"), (Ledger, "close"), (Ledger, "balance")),
}


def shares(name: str, config: RunConfig) -> Shares:
    """Of the mean of all epochs. One more follows, which does not count: after the last one BatchNorm's other
    statistics are measured, once a run."""
    threads.use(THREADS)
    epochs, whole = config.optim.epochs, 0.0
    events = train.iter_events(changed(config, {"epochs": epochs + 1}))
    next(events), next(events)  # what happens before the first epoch
    with clocks([MEASURE, *(function for part in _PARTS.values() for function in part)]) as seconds:
        for event in events:
            if isinstance(event, EpochEnd):
                whole += event.seconds
                if event.epoch == epochs:
                    break
    found = {part: sum(seconds[function] for function in functions) for part, functions in _PARTS.items()}
    steps = whole - seconds[MEASURE] - found[LEDGER]
    parts = {STEPS: steps, **found, REST: whole - steps - sum(found.values())}
    return Shares(name, whole / epochs, {part: taken / whole for part, taken in parts.items()})


@contextmanager
def clocks(functions: Iterable[Function]) -> Iterator[dict[Function, float]]:
    """The seconds that pass in each of these functions, as long as it is open."""
    seconds: dict[Function, float] = {}
    with ExitStack() as stack:
        for function in functions:
            seconds[function] = 0.0
            stack.enter_context(_clock(function, seconds))
        yield seconds


@contextmanager
def _clock(function: Function, seconds: dict[Function, float]) -> Iterator[None]:
    owner, name = function
    original: Callable[..., Any] = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return original(*arguments, **named)
        finally:
            seconds[function] += time.perf_counter() - start

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, original)
