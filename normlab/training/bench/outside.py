"""How long whole processes take, as whoever starts them waits: a worker's run, a command, a first start."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.settings import differences
from normlab.training.bench.loops import THREADS


@contextmanager
def worker() -> Iterator[Callable[[RunConfig], float]]:
    """What gives the seconds of a run in one warm worker, from the job to its answer: the run is kept as usual."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "normlab.training.worker", "--store", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            answers = (json.loads(line) for line in process.stdout)
            _first(answers, "ready")
            write = process.stdin

            def seconds(config: RunConfig) -> float:
                job = {"job": run_id(config), "config": differences(config), "threads": THREADS}
                start = time.perf_counter()
                write.write(json.dumps(job) + "\n")
                write.flush()
                _first(answers, "done")
                return time.perf_counter() - start

            yield seconds


def _first(answers: Iterator[dict[str, object]], name: str) -> None:
    """Wait for an answer of that name. Raises `RuntimeError` if the worker fails or ends."""
    for answer in answers:
        if name in answer:
            return
        if "failed" in answer:
            raise RuntimeError(f"The worker failed: {answer['message']}")
    raise RuntimeError("The worker ended.")


def command_seconds() -> float:
    """`normlab train` with the default settings, from its start to its end, with an empty store."""
    with TemporaryDirectory() as folder:
        return _seconds("-m", "normlab.cli", "train", "--again", NORMLAB_STORE=folder)


def first_step_seconds() -> tuple[float, float]:
    """From a process's start to the end of its first training step: nothing compiled yet, and everything."""
    with TemporaryDirectory() as folder:
        cold, warm = (_seconds("-c", _FIRST_STEP, NUMBA_CACHE_DIR=folder) for _ in range(2))
    return cold, warm


_FIRST_STEP = "from normlab.training.bench.outside import take_first_step; take_first_step()"


def take_first_step() -> None:
    """Of the default run."""
    from normlab.record import StepEnd
    from normlab.training import threads
    from normlab.training.train import iter_events

    threads.use(THREADS)
    next(event for event in iter_events(RunConfig()) if isinstance(event, StepEnd))


def _seconds(*words: str, **variables: str) -> float:
    """A Python process with these words and environment variables. Raises `RuntimeError` if it fails."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *words], env={**os.environ, **variables}, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr.decode(errors='replace').strip()}")
    return time.perf_counter() - start
