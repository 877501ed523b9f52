"""What `normlab rebuild stress` does: measure what each slider of a stress does to the networks that ship."""

import time
from concurrent.futures import as_completed
from pathlib import Path

from normlab import cores
from normlab.cli import shelf as shelves
from normlab.cli.common import say
from normlab.config import RunConfig
from normlab.crew import crew
from normlab.identity import run_id
from normlab.numerals import duration
from normlab.store import StoreProblem
from normlab.stresses import sweeps
from normlab.study.results.progress import shipped
from normlab.study.results.result_files import RESULTS
from normlab.titles import title

PART = "stress"


def measure(shelf: Path) -> None:
    """Measure what waits, as many networks at a time as there are cores. What is measured is kept at once.

    Raises:
        StoreProblem: if the manifest cannot be read, or a result cannot be written.
        Damage: if a run's weights are not what they were.
    """
    todo = waiting(shelf)
    began = time.monotonic()
    with crew(max(1, min(cores.available(), len(todo)))) as pool:
        futures = {pool.submit(measure_into, config, shelf, digest): config for config, digest in todo.items()}
        for count, future in enumerate(as_completed(futures), start=1):
            future.result()
            left = (time.monotonic() - began) / count * (len(todo) - count)
            say(f"{count} of {len(todo)}: {title(futures[future])}; about {duration(left)} remain")
    files = list((shelf / RESULTS / sweeps.FOLDER).glob("*.json"))
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} networks are measured in {shelf / RESULTS / sweeps.FOLDER}, {size / 1e3:.0f} KB.")


def measure_into(config: RunConfig, shelf: Path, record_sha256: str) -> None:
    """Measure one network that ships. It runs in a process of its own."""
    run = shelves.only(shelf).read(run_id(config))
    if run is None:
        raise StoreProblem(f"The run {run_id(config)} in {shelf} cannot be read: `normlab verify` says why.")
    sweeps.write(sweeps.measure(run, record_sha256), shelf / RESULTS / sweeps.FOLDER)


def waiting(shelf: Path) -> dict[RunConfig, str]:
    """The networks that ship and are not measured as they are now, each with its record's SHA-256.

    Raises:
        StoreProblem: if the manifest or a result cannot be read.
    """
    there = shipped(shelf)
    found = {}
    for config in sweeps.configs():
        entry = there.get(run_id(config))
        known = sweeps.read(config, shelf / RESULTS / sweeps.FOLDER)
        if entry is not None and (known is None or known.record_sha256 != entry.record_sha256):
            found[config] = entry.record_sha256
    return found
