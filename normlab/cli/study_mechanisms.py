"""What `normlab study mechanisms` does: measure why BN + L1 + L2 swings, arm by arm."""

import time
from concurrent.futures import as_completed
from pathlib import Path

from normlab import cores
from normlab.cli.common import print_table, say
from normlab.crew import crew
from normlab.numerals import duration
from normlab.study.plan import mechanisms
from normlab.study.results import result_files


def measure(names: tuple[str, ...], folder: Path, *, quick: bool) -> None:
    """Measure what is not in `folder` yet, and print all that is.

    As many measurements at a time as there are cores, one thread each: so a result does not depend on the cores.
    """
    from normlab.training.study.mechanisms import measure_into

    folder.mkdir(parents=True, exist_ok=True)
    planned = mechanisms.measurements(names, mechanisms.SEEDS[:1] if quick else mechanisms.SEEDS)
    waiting = [item for item in planned if not (folder / item.file_name).is_file()]
    workers = max(1, min(cores.available(), len(waiting)))
    began = time.monotonic()
    with crew(workers) as pool:
        futures = {pool.submit(measure_into, item, folder, quick=quick): item for item in waiting}
        for count, future in enumerate(as_completed(futures), start=1):
            item, left = futures[future], (time.monotonic() - began) / count * (len(waiting) - count)
            future.result()
            say(f"{count} of {len(waiting)}: {item.variant.name}, seed {item.seed}; about {duration(left)} remain")
    _print(folder)


def _print(folder: Path) -> None:
    rows = [
        (item.variant.name, str(item.seed), *(f"{found['summary'][name]:.2f}" for name in _COLUMNS))
        for item, found in result_files.measurements(folder)
    ]
    print_table(("arm", "seed", *_COLUMNS.values()), rows)


_COLUMNS = {
    "test_running_mean": "running (%)",
    "test_running_swing": "swing",
    "test_batch_mean": "batch (%)",
    "test_batch_swing": "swing (batch)",
    "deficit": "deficit",
}
