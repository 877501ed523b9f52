"""The loops that the bench compares, each in processes of its own: nothing that another loop loads disturbs it."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from normlab import cores
from normlab.config import RunConfig
from normlab.crew import crew
from normlab.record import EpochEnd, StepEnd
from normlab.training.bench import timing
from normlab.training.bench.reference import Epoch
from normlab.training.bench.timing import Loop

THREADS = cores.for_lone_run()
"""Of every loop that has the machine to itself."""


@dataclass(frozen=True, slots=True)
class Plain:
    """reference.py, with so many loading processes."""

    threads: int = THREADS
    workers: int = 0

    @property
    def text(self) -> str:
        return f"{_threads(self.threads)}, {self.workers or 'no'} loading processes"

    def epochs(self, config: RunConfig) -> Iterator[Epoch]:
        import torch

        from normlab.training.bench import reference

        torch.set_num_threads(self.threads)
        return reference.train(config, self.workers)


@dataclass(frozen=True, slots=True)
class Strong:
    """strong.py."""

    threads: int = THREADS
    channels_last: bool = False

    @property
    def text(self) -> str:
        from normlab.training.bench import strong

        layout = "last" if self.channels_last else "first"
        return f"{_threads(self.threads)}, channels {layout}, augmentation {strong.augmentation()[1]}"

    def epochs(self, config: RunConfig) -> Iterator[Epoch]:
        from normlab.training.bench import strong

        return strong.train(config, self.threads, channels_last=self.channels_last)


@dataclass(frozen=True, slots=True)
class Normlab:
    """The project's own training, with everything it records."""

    threads: int = THREADS

    @property
    def text(self) -> str:
        return _threads(self.threads)

    def epochs(self, config: RunConfig) -> Iterator[Epoch]:
        from normlab.training import threads
        from normlab.training.train import iter_events

        threads.use(self.threads)
        for event in iter_events(config):
            if isinstance(event, EpochEnd):
                yield Epoch(event.seconds, event.train.loss, event.test.accuracy)


def steps_seconds(loop: Normlab, config: RunConfig) -> float:
    """Of the training steps of a first epoch, without its end."""
    from normlab.training import threads
    from normlab.training.train import iter_events

    threads.use(loop.threads)
    last = config.steps // config.optim.epochs
    return next(event.seconds for event in iter_events(config) if isinstance(event, StepEnd) and event.step == last)


def _threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"


@contextmanager
def crews(loops: Sequence[Loop], warm_up: RunConfig, processes: int = 1) -> Iterator[Sequence["Crew"]]:
    """So many processes of each loop, which have trained `warm_up`."""
    with ExitStack() as stack:
        found = [Crew(loop, [stack.enter_context(crew(1)) for _ in range(processes)]) for loop in loops]
        for each in found:
            each.seconds([warm_up] * processes)
        yield found


@dataclass(frozen=True, slots=True)
class Crew:
    """A loop and its processes, each an executor of its own: so it is known which of them does what."""

    loop: Loop
    processes: Sequence[ProcessPoolExecutor]

    @property
    def text(self) -> str:
        return self.processes[0].submit(timing.text_of, self.loop).result()

    def ask(self, task: Callable[[Any, RunConfig], float], config: RunConfig) -> float:
        """What a task of timing.py measures, in the first process."""
        return self.processes[0].submit(task, self.loop, config).result()

    def seconds(self, configs: Sequence[RunConfig]) -> float:
        """Until whole runs are done, which the processes get in turn."""
        start, count = time.perf_counter(), len(self.processes)
        waiting = [
            self.processes[number % count].submit(timing.run_seconds, self.loop, config)
            for number, config in enumerate(configs)
        ]
        for one in waiting:
            one.result()
        return time.perf_counter() - start
