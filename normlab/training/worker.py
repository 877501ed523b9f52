"""A process that trains: `python -m normlab.training.worker`.

Reads jobs as JSON lines on standard input, and `{"stop": run id}` where a stop cannot be written into the store; ends
when that input ends, so that it never outlives whoever started it.
Writes JSON lines on standard output: `{"ready": process id}` once torch is warm, then for each job
`{"running": run id}` and its answer (see job.py), and every second `{"beat": events so far}`, so that whoever started
it can tell when it hangs. When it takes more memory than it may, it writes `{"ending": process id, "message": why}` and
ends.
"""

import argparse
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import IO

from normlab.config import RunConfig
from normlab.imports import lasting
from normlab.settings import changed
from normlab.store import BEAT_SECONDS, Store
from normlab.training import memory
from normlab.training.job import Job, work

_NICE = 10
_FEW = 20
"""Images that a warm-up trains with."""


def main() -> None:
    """Work until standard input ends."""
    parser = argparse.ArgumentParser(prog="normlab.training.worker", description=__doc__)
    parser.add_argument("--store", type=Path, help="the store's folder; without it the user's own")
    parser.add_argument("--megabytes", type=int, default=0, help="most memory beyond what PyTorch takes; 0: no limit")
    arguments = parser.parse_args()
    say = _speaker()
    jobs, stopped = _listen()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it; a stop needs it
    step_back()
    warm_up()
    if arguments.megabytes:
        memory.limit(arguments.megabytes, lambda why: say({"ending": os.getpid(), "message": why}))
    store = Store(arguments.store) if arguments.store else Store.open()
    say({"ready": os.getpid()})
    pulse = Pulse(say)
    while True:
        job = jobs.get()
        is_stopped = partial(stopped.__contains__, str(job["job"]))
        say(work(job, store, lambda name: say({"running": name}), heard=pulse.move, is_stopped=is_stopped))
        stopped.discard(str(job["job"]))


class Pulse:
    """Says every second that the process lives, and how many events its trainings have had."""

    def __init__(self, say: Callable[[Mapping[str, object]], None]) -> None:
        self._say = say
        self._events = 0
        threading.Thread(target=self._beat, name="pulse", daemon=True).start()

    def move(self) -> None:
        """One more event."""
        self._events += 1

    def _beat(self) -> None:
        with suppress(OSError):  # nobody listens any more: then the input ends too, and with it the process
            while True:
                self._say({"beat": self._events})
                time.sleep(BEAT_SECONDS)


def step_back() -> None:
    """Let the page's process go first.

    Linux may share its cores out among sessions (sched(7), "The autogroup feature"): then niceness only counts within
    one, and a worker, which leads a session of its own, would get as much as the page; so its session is nice too.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)
    session = Path("/proc/self/autogroup")
    if session.exists() and os.getsid(0) == os.getpid():
        with suppress(OSError):  # a container may forbid it: the worker is then only as quick as the page
            session.write_text(str(_NICE), encoding="ascii")


def _speaker() -> Callable[[Mapping[str, object]], None]:
    """Keep standard output for the protocol: what a library prints goes to standard error."""
    lock = threading.Lock()
    channel: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(message: Mapping[str, object]) -> None:
        with lock:
            channel.write(json.dumps(message) + "\n")
            channel.flush()

    return say


def _listen() -> "tuple[queue.SimpleQueue[Job], set[str]]":
    """Jobs as they come, and the runs that are to be stopped past the store.

    When no more can come, the process ends, whatever it is doing: its parent is gone.
    """
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    stopped: set[str] = set()

    def listen() -> None:
        try:
            with open(0, encoding="utf-8", closefd=False) as source:
                for line in source:
                    message = json.loads(line)
                    if "stop" in message:
                        stopped.add(str(message["stop"]))
                    else:
                        jobs.put(message)
        finally:
            os._exit(0)

    threading.Thread(target=listen, name="jobs", daemon=True).start()
    return jobs, stopped


def warm_up() -> None:
    """Import torch and train a little: after that there is nothing left to import, to compile or to read.

    Of several processes only one compiles.
    """
    with lasting():
        from normlab.training.data import Splits, load_splits
        from normlab.training.threads import HAS_KERNELS, use
        from normlab.training.train import iter_events

    if HAS_KERNELS:
        from normlab.training.kernels import turn
    use(1)
    config = changed(RunConfig(), {"epochs": 1})
    splits = load_splits(config.data)
    validation = splits.validation and splits.validation.first(_FEW)
    train, test, clean = (each.first(_FEW) for each in (splits.train, splits.test, splits.clean))
    few = Splits(config.data, train, validation, test, clean)
    with turn() if HAS_KERNELS else nullcontext():
        for _ in iter_events(config, few):
            pass


if __name__ == "__main__":
    main()
