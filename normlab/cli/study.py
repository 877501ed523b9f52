"""`normlab study`: how far the replication is; train what remains; measure why BN + L1 + L2 swings."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from normlab import cores
from normlab.cli.common import Mistake, add_json, print_json, print_table
from normlab.config import RunConfig
from normlab.describe import title
from normlab.engine.sweep import Outcome, carry_out
from normlab.export.tables import duration
from normlab.identity import run_id
from normlab.store import Store, ship, write_manifest
from normlab.store.layout import sha256
from normlab.study import grids, mechanisms, tuning
from normlab.study.grids import Part, Strengths
from normlab.study.progress import RESULTS, PartStatus, megabytes, pace, part_status, shipped, versions, workshop

NAME = "study"
HELP = "the study, repeated: what ships, what remains; train it, measure it"
DESCRIPTION = (
    "The study that normlab grew out of, repeated. `normlab study --status` tells what ships: runs, seeds, versions, "
    "hashes, and what remains with its time. `normlab study train [PART ...]` trains what remains, the most valuable "
    "part first, and ships each run as it ends (in full for the first seed of an arm, else without its history). "
    "`normlab study mechanisms [ARM ...]` measures why BN + L1 + L2 swings. Both go on where they stopped."
)

_LIMIT = 60
"""Megabytes that all that ships may take."""


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("action", nargs="?", choices=("train", "mechanisms"), help="what to do; only tell, without it")
    options.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"parts to train ({', '.join(grids.BY_NAME)}) or arms to measure ({', '.join(mechanisms.BY_NAME)}); all, "
        "if none is named",
    )
    options.add_argument("--status", action="store_true", help="only tell what ships and what remains")
    options.add_argument("--into", type=Path, metavar="FOLDER", help="the folder that ships, if it is another one")
    options.add_argument(
        "--quick",
        action="store_true",
        help="mechanisms: one seed, 3 epochs of 10,000 images, a trial; needs --into",
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    store = Store.open()
    shelf: Path | None = chosen.into or store.shipped
    if shelf is None:
        raise Mistake("There is no folder of runs that ship: name one with --into.")
    if chosen.status or chosen.action is None:
        return _tell(store, shelf, as_json=chosen.json)
    known = grids.BY_NAME if chosen.action == "train" else mechanisms.BY_NAME
    if unknown := [name for name in chosen.names if name not in known]:
        raise Mistake(f"There is no {unknown[0]!r} to {chosen.action}; choose of {', '.join(known)}.")
    if chosen.quick and (chosen.action != "mechanisms" or chosen.into is None):
        raise Mistake("--quick is for mechanisms, with --into: quick results are no results to ship.")
    if chosen.action == "train":
        return _train([part for part in grids.PARTS if not chosen.names or part.name in chosen.names], store, shelf)
    _measure(tuple(chosen.names), shelf / RESULTS / mechanisms.FOLDER, quick=chosen.quick)
    return 0


def _tell(store: Store, shelf: Path, *, as_json: bool) -> int:
    speed = _pace(store)
    states = [part_status(part, shelf, speed) for part in grids.PARTS]
    records = {run.run_id: run for run in Store(store.root / "none", shelf).list()}
    measured = {item.file_name for item, _ in mechanisms.results(shelf / RESULTS / mechanisms.FOLDER)}
    if as_json:
        results = {path.relative_to(shelf).as_posix(): path for path in sorted((shelf / RESULTS).rglob("*.json"))}
        print_json(
            {
                "megabytes": round(megabytes(shelf), 2),
                "parts": [_as_json(state) for state in states],
                "mechanisms": {"measured": sorted(measured), "planned": len(mechanisms.measurements())},
                "versions": versions(list(records.values())),
                "results_sha256": {name: sha256(path.read_bytes()) for name, path in results.items()},
            }
        )
        return 0
    rows = [
        (
            state.part.name,
            f"{len(state.shipped)} of {state.part.size()}",
            _seeds(state),
            "ready" if state.strengths else "to be chosen",
            duration(state.seconds) if state.seconds else "nothing",
        )
        for state in states
    ]
    print_table(("part", "runs that ship", "seeds of all arms", "λ", "remains, on one core"), rows)
    print(f"\nMechanisms: {len(measured)} of {len(mechanisms.measurements())} measurements are there.")
    for line in versions([records[name] for state in states for name in state.shipped if name in records]):
        print(f"Trained with {line}.")
    print(f"{shelf} takes {megabytes(shelf):.1f} of at most {_LIMIT} MB. --json lists every run's hash.")
    return 0


def _seeds(state: PartStatus) -> str:
    """The seeds of which every arm ships: "0 to 3", or "none"."""
    if state.strengths is None:
        return "none"
    part, strengths = state.part, state.strengths
    full = [
        seed
        for seed in part.seeds
        if all(run_id(part.config(arm, strengths[arm.name], seed)) in state.shipped for arm in part.arms())
    ]
    return ", ".join(map(str, full)) or "none"


def _as_json(state: PartStatus) -> dict[str, object]:
    return {
        "part": state.part.name,
        "title": state.part.title,
        "planned": state.part.size(),
        "is_lambda_chosen": state.strengths is not None,
        "remaining": state.remaining,
        "remaining_seconds": round(state.seconds),
        "shipped": {name: {"title": e.title, "sha256": e.record_sha256} for name, e in state.shipped.items()},
    }


def _train(parts: Sequence[Part], store: Store, shelf: Path) -> int:
    """Exit code 1 if a run failed: the others ship all the same."""
    failed = 0
    for part in parts:
        strengths = tuning.strengths_of(part, shelf / RESULTS) or _tune(part, store, shelf)
        firsts = {run_id(part.config(arm, strengths[arm.name], part.seeds[0])) for arm in part.arms()}
        missing = [config for config in part.configs(strengths) if run_id(config) not in shipped(shelf)]
        for outcome in _trained(missing, store, lambda: _remaining(parts, store, shelf)):
            if outcome.status is None:
                failed += 1
                continue
            ship(workshop(store).root / outcome.run_id, shelf, history=outcome.run_id in firsts)
            write_manifest(shelf)
    print(f"{len(shipped(shelf))} runs are in {shelf}, {megabytes(shelf):.1f} MB.")
    return 1 if failed else 0


def _remaining(parts: Sequence[Part], store: Store, shelf: Path) -> str:
    """Of all parts, with as many runs at a time as there are cores."""
    speed, trained = _pace(store), {run.run_id for run in workshop(store).list() if run.record}
    return duration(sum(part_status(part, shelf, speed, trained).seconds for part in parts) / cores.available())


def _pace(store: Store) -> float:
    return pace([*workshop(store).list(), *store.list()])


def _trained(configs: Sequence[RunConfig], store: Store, remaining: Callable[[], str]) -> Iterator[Outcome]:
    """Each run's outcome, and a line on it; one that ended in an earlier attempt is not trained again."""
    for count, outcome in enumerate(carry_out(configs, workshop(store)), start=1):
        yield outcome
        ended = outcome.message or f"{outcome.status}; about {remaining()} remain"
        if not outcome.is_reused:
            _say(f"{count} of {len(configs)}: {title(outcome.config)}: {ended}")


def _tune(part: Part, store: Store, shelf: Path) -> dict[str, Strengths]:
    """Train every candidate of every arm with the tuning seeds, and keep which is best on the validation split.

    Raises:
        Mistake: if a candidate's run failed, for then none is chosen.
    """
    from normlab.training.machine import machine
    from normlab.training.machine import versions as here

    chosen: dict[str, Strengths] = {}
    trials: dict[str, list[tuning.Trial]] = {}
    for arms in part.stages():
        options = {arm: part.candidates(arm, chosen) for arm in arms}
        configs = [part.config(arm, s, seed) for arm in arms for s in options[arm] for seed in part.tuning_seeds]
        for outcome in _trained(configs, store, lambda: _remaining([part], store, shelf)):
            if outcome.status is None:
                raise Mistake(f"λ of {part.name} cannot be chosen: {title(outcome.config)}: {outcome.message}")
        for arm in arms:
            trials[arm.name] = [tuning.trial(part, arm, option, workshop(store)) for option in options[arm]]
            chosen[arm.name] = tuning.best(trials[arm.name]).strengths
    made = {"machine": machine(), "versions": dict(here()), "seeds": list(part.tuning_seeds)}
    return tuning.write(part, trials, made, shelf / RESULTS)


def _measure(names: tuple[str, ...], folder: Path, *, quick: bool) -> None:
    """As many measurements at a time as there are cores, one thread each: so a result does not depend on the cores."""
    from normlab.training.experiments.mechanisms import measure_into

    folder.mkdir(parents=True, exist_ok=True)
    planned = mechanisms.measurements(names, mechanisms.SEEDS[:1] if quick else mechanisms.SEEDS)
    waiting = [item for item in planned if not (folder / item.file_name).is_file()]
    workers = max(1, min(cores.available(), len(waiting)))
    began = time.monotonic()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(measure_into, item, folder, quick=quick): item for item in waiting}
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                item, left = futures[future], (time.monotonic() - began) / count * (len(waiting) - count)
                future.result()
                _say(f"{count} of {len(waiting)}: {item.arm.name}, seed {item.seed}; about {duration(left)} remain")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _print_mechanisms(folder)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print_mechanisms(folder: Path) -> None:
    rows = [
        (item.arm.name, str(item.seed), *(f"{found['summary'][name]:.2f}" for name in _COLUMNS))
        for item, found in mechanisms.results(folder)
    ]
    print_table(("arm", "seed", *_COLUMNS.values()), rows)


_COLUMNS = {
    "test_running_mean": "running (%)",
    "test_running_swing": "swing",
    "test_batch_mean": "batch (%)",
    "test_batch_swing": "swing (batch)",
    "deficit": "deficit",
}
