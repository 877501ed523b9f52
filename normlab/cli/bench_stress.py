"""What `normlab bench --stress` measures: how long the networks of a page about stresses take to answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from statistics import median

from normlab.answering import Question, Service
from normlab.choices import Statistics
from normlab.cli.common import Mistake
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.presets import SINGLE_NORMS
from normlab.settings import changed
from normlab.store import Store
from normlab.stresses import Stress, apply, sweeps
from normlab.study.results.result_files import RESULTS

REPEATS = 9
_LOOK = 0.005
"""Seconds between two looks at whether the answers are there."""

_STRESSES: Mapping[str, Stress] = {
    "contrast": Stress(contrast=0.3),
    "contrast, statistics of batches of 256": Stress(contrast=0.3, statistics=Statistics.BATCH, test_batch=256),
    "contrast, statistics measured again": Stress(contrast=0.3, statistics=Statistics.REESTIMATED),
    "contrast, dropout left on": Stress(contrast=0.3, test_dropout=True),
}


@dataclass(frozen=True, slots=True)
class Time:
    """Milliseconds, the median of some repeats."""

    what: str
    wall: float
    cpu: float


def times(store: Store) -> list[Time]:
    """Of all networks one after the other, a line a stress; of reading what ships; and of a combination that another
    process computes, as for a page (its CPU is that of the one who waits).

    Raises:
        Mistake: if one of the networks is not here.
    """
    configs = [store.representative(changed(RunConfig(), {"norms": norms})) for norms in SINGLE_NORMS]
    runs = [store.read(run_id(config)) for config in configs]
    found = [run for run in runs if run is not None]
    if len(found) < len(runs) or store.shipped is None:
        raise Mistake("The networks that ship are not here: set NORMLAB_PRETRAINED to the folder that has them.")
    folder = store.shipped / RESULTS / sweeps.FOLDER

    def ask(stress: Stress) -> None:
        for run in found:
            apply(run, stress)

    asked = [_measured(f"{len(found)} networks: {name}", partial(ask, stress)) for name, stress in _STRESSES.items()]
    shipped = _measured("all results of one slider", lambda: sweeps.results(folder))
    service = Service(store)
    combinations = count()

    def combine() -> None:
        """Another one each time: what was answered is known."""
        stress = Stress(contrast=0.3, weight_scale=0.9 + next(combinations) / 100)
        questions = [Question(run.run_id, run.record.attempt, stress) for run in found if run.record]
        while len(service.known(questions)) < len(questions):
            service.ask("bench", [questions])
            time.sleep(_LOOK)

    try:
        page = _measured(f"{len(found)} networks: a combination, as a page asks for it", combine)
    finally:
        service.close()
    return [*asked, shipped, page]


def _measured(what: str, work: Callable[[], object]) -> Time:
    work()  # images and runs are read once
    walls, cpus = [], []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return Time(what, median(walls), median(cpus))
