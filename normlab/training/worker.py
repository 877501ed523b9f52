"""A process that trains: `python -m normlab.training.worker`.

Reads jobs as JSON lines on standard input, `{"job": run id, "config": settings}`, and ends when that input ends, so
that it never outlives whoever started it. Writes JSON lines on standard output: `{"ready": process id}` once torch is
warm, then for each job `{"running": run id}` and one of `{"done": run id, "status": ...}`, `{"stopped": run id}`,
`{"busy": run id}` (another process trains it), `{"failed": run id, "message": one sentence}`.
"""

import argparse
import json
import os
import queue
import sys
import threading
import traceback
from _thread import interrupt_main
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from normlab.config import ConfigError, RunConfig
from normlab.images import DataProblem
from normlab.record import Ended, Event
from normlab.settings import changed
from normlab.store import AlreadyClaimed, AlreadyFinished, Store, StoreProblem

Job = Mapping[str, Any]
_NICE = 10
_LOOK_SECONDS = 0.2


def main() -> None:
    """Work until standard input ends."""
    parser = argparse.ArgumentParser(prog="normlab.training.worker", description=__doc__)
    parser.add_argument("--store", type=Path, help="the store's folder; without it the user's own")
    parser.add_argument("--of", type=int, default=1, help="how many workers share this machine's cores")
    arguments = parser.parse_args()
    say = _speaker()
    jobs = _listen()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    warm_up(arguments.of)
    store = Store(arguments.store) if arguments.store else Store.open()
    say({"ready": os.getpid()})
    while True:
        job = jobs.get()
        say(work(job, store, lambda name: say({"running": name})))


def _speaker() -> Callable[[Mapping[str, object]], None]:
    """Keep standard output for the protocol: what a library prints goes to standard error."""
    channel: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(message: Mapping[str, object]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    return say


def _listen() -> "queue.SimpleQueue[Job]":
    """Jobs as they come. At the end of input the process ends, whatever it is doing: its parent is gone."""
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()

    def listen() -> None:
        with open(0, encoding="utf-8", closefd=False) as source:
            for line in source:
                jobs.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, name="jobs", daemon=True).start()
    return jobs


def warm_up(workers: int = 1) -> None:
    """Import torch, read `digits`, take one training step: the first of each costs about a second."""
    import torch
    import torch.nn.functional as F

    from normlab.training.data import load_splits
    from normlab.training.execute import use_threads
    from normlab.training.model import StudyNet
    from normlab.training.schedule import make_optimizer

    use_threads(workers)
    config = RunConfig()
    load_splits(config.data)
    model = StudyNet(config.model)
    optimizer = make_optimizer(config.optim, list(model.parameters()))
    F.nll_loss(model(torch.zeros(2, 1, 28, 28)), torch.zeros(2, dtype=torch.long)).backward()
    optimizer.step()


def work(job: Job, store: Store, begun: Callable[[str], None]) -> Mapping[str, object]:
    """Execute a job and say how it ended."""
    from normlab.training.execute import execute

    name = str(job["job"])
    stopper = Stopper(lambda: store.stop_requested(name), begun=lambda: begun(name))
    try:
        record = execute(changed(RunConfig(), job["config"]), store, stop=stopper.stop, on_event=stopper.hear)
    except (KeyboardInterrupt, AlreadyFinished) as reason:
        return {"stopped": name} if isinstance(reason, KeyboardInterrupt) else {"done": name, "status": "finished"}
    except AlreadyClaimed:
        return {"busy": name}
    except (ConfigError, DataProblem, StoreProblem) as problem:
        return {"failed": name, "message": str(problem)}
    except Exception as error:  # the process must live on: it says what went wrong, and is ready for the next job
        traceback.print_exc()
        return {"failed": name, "message": f"The training broke down ({type(error).__name__}: {error})."}
    finally:
        stopper.rest()
    return {"stopped": name} if record is None else {"done": name, "status": record.status}


class Stopper:
    """Stops a training between two of its events too, which are seconds apart on the larger data sets.

    From the first event to the last, a thread looks whether a stop is wanted, and then interrupts the main thread as
    Ctrl-C would.
    """

    def __init__(self, is_wanted: Callable[[], bool], begun: Callable[[], None]) -> None:
        self._is_wanted = is_wanted
        self._begun = begun
        self._lock = threading.Lock()
        self._resting = threading.Event()
        self._thread: threading.Thread | None = None

    def hear(self, event: Event) -> None:
        """Every event of the training."""
        if isinstance(event, Ended):
            self.rest()
        elif self._thread is None:
            self._begun()
            self._thread = threading.Thread(target=self._watch, name="stopper", daemon=True)
            self._thread.start()

    def stop(self) -> bool:
        """Whether the training should stop now."""
        if not self._is_wanted():
            return False
        self.rest()
        return True

    def rest(self) -> None:
        """Interrupt no more: after this the main thread is safe."""
        with self._lock:
            self._resting.set()

    def _watch(self) -> None:
        while not self._resting.wait(_LOOK_SECONDS):
            if self._is_wanted():
                with self._lock:
                    if not self._resting.is_set():
                        self._resting.set()
                        interrupt_main()
                return


if __name__ == "__main__":
    main()
