"""A job: a run to execute, whatever process that is done in, and how it is stopped.

`{"job": run id, "config": settings, "threads": number}` is answered by one of `{"done": run id, "status": ...}`,
`{"stopped": run id}`, `{"busy": run id}` (another process trains it), `{"failed": run id, "message": one sentence}`.
"""

import platform
import threading
import time
import traceback
from _thread import interrupt_main
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from normlab.config import ConfigError, RunConfig
from normlab.datasets import DataProblem
from normlab.record import Ended, Event
from normlab.settings import changed
from normlab.store import STALE_SECONDS, AlreadyClaimed, AlreadyFinished, Store, StoreProblem

Job = Mapping[str, Any]
_LOOK_SECONDS = 0.2


def work_elsewhere(job: Job, root: Path) -> Mapping[str, object]:
    """Execute a job in a thread of a process that is not this package's own: of a Dask worker.

    A stop is looked for after each event. The claim of a worker that died on another machine is waited for until it is
    stale.
    """
    if not (root / "queue.sqlite").is_file():
        mend = "mount the same folder there, under the same path"
        message = f"The machine {platform.node()} of the cluster does not have the store's folder {root}: {mend}."
        return {"failed": str(job["job"]), "message": message}
    store, patience = Store(root), time.monotonic() + STALE_SECONDS + 2.0
    while True:
        answer = work(job, store, lambda name: None, can_interrupt=False)
        if "busy" not in answer or time.monotonic() > patience:
            return answer
        time.sleep(_LOOK_SECONDS)


def work(
    job: Job,
    store: Store,
    begun: Callable[[str], None],
    *,
    heard: Callable[[], None] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
    can_interrupt: bool = True,
) -> Mapping[str, object]:
    """Execute a job and say how it ended; with `can_interrupt` in the main thread, so that it stops at once.

    `heard` is called at every event; `is_stopped` tells of a stop that is not in the store.
    """
    from normlab.training.execute import execute

    name = str(job["job"])

    def hear(event: Event) -> None:
        heard()
        stopper.hear(event)

    def is_wanted() -> bool:
        return is_stopped() or store.stop_requested(name)

    stopper = Stopper(is_wanted, begun=lambda: begun(name), can_interrupt=can_interrupt)
    try:
        config, threads = changed(RunConfig(), job["config"]), int(job["threads"])
        record = execute(config, store, stop=stopper.stop, threads=threads, on_event=hear)
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

    def __init__(self, is_wanted: Callable[[], bool], begun: Callable[[], None], *, can_interrupt: bool = True) -> None:
        self._is_wanted = is_wanted
        self._begun = begun
        self._can_interrupt = can_interrupt
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
            if self._can_interrupt:
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
