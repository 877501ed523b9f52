"""`normlab study`: how far the replication is; train what remains; measure why BN + L1 + L2 swings."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from normlab.cli.common import Mistake, add_json, print_json, print_table
from normlab.config import RunConfig
from normlab.describe import title
from normlab.export.tables import duration
from normlab.identity import run_id
from normlab.record import EpochEnd, Status
from normlab.store import Store, ship, write_manifest
from normlab.store.layout import json_bytes, sha256, write_whole
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
        _train([part for part in grids.PARTS if not chosen.names or part.name in chosen.names], store, shelf)
    else:
        _measure(tuple(chosen.names), shelf / RESULTS / mechanisms.FOLDER, quick=chosen.quick)
    return 0


def _tell(store: Store, shelf: Path, *, as_json: bool) -> int:
    speed = pace(workshop(store).list())
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


def _train(parts: Sequence[Part], store: Store, shelf: Path) -> None:
    for part in parts:
        strengths = tuning.strengths_of(part, shelf / RESULTS) or _tune(part, store, shelf)
        firsts = {run_id(part.config(arm, strengths[arm.name], part.seeds[0])) for arm in part.arms()}
        missing = [config for config in part.configs(strengths) if run_id(config) not in shipped(shelf)]
        for config in _trained(missing, store, lambda: _remaining(parts, store, shelf)):
            name = run_id(config)
            ship(workshop(store).root / name, shelf, history=name in firsts)
            write_manifest(shelf)
    print(f"{len(write_manifest(shelf))} runs are in {shelf}, {megabytes(shelf):.1f} MB.")


def _remaining(parts: Sequence[Part], store: Store, shelf: Path) -> str:
    speed = pace(workshop(store).list())
    return duration(sum(part_status(part, shelf, speed).seconds for part in parts))


def _trained(configs: Sequence[RunConfig], store: Store, remaining: Callable[[], str]) -> Iterator[RunConfig]:
    """Each configuration once its run has ended; one that ended in an earlier attempt is not trained again."""
    from normlab.training.execute import execute

    place = workshop(store)
    for count, config in enumerate(configs, start=1):
        if place.status(run_id(config)) not in (Status.FINISHED, Status.DIVERGED):
            _say(f"{count} of {len(configs)}: {title(config)}; {remaining()} remain")
            execute(config, place, stop=lambda: False)
        yield config


def _tune(part: Part, store: Store, shelf: Path) -> dict[str, Strengths]:
    """Train every candidate of every arm with the tuning seeds, and keep which is best on the validation split."""
    from normlab.training.machine import machine
    from normlab.training.machine import versions as here

    place, trials = workshop(store), {}
    chosen: dict[str, Strengths] = {}
    for arm in part.arms():
        options = part.candidates(arm, chosen)
        configs = [part.config(arm, option, seed) for option in options for seed in part.tuning_seeds]
        for _ in _trained(configs if len(options) > 1 else [], store, lambda: _remaining([part], store, shelf)):
            pass
        found = [tuning.trial(part, arm, option, place) for option in options] if len(options) > 1 else []
        trials[arm.name] = found or [tuning.Trial(options[0], 0.0, 0.0)]
        chosen[arm.name] = tuning.best(trials[arm.name]).strengths
    made = {"machine": machine(), "versions": dict(here()), "seeds": list(part.tuning_seeds)}
    return tuning.write(part, trials, made, shelf / RESULTS)


def _measure(names: tuple[str, ...], folder: Path, *, quick: bool) -> None:
    from normlab.training.experiments.mechanisms import measure
    from normlab.training.machine import use_all_cores

    use_all_cores()
    folder.mkdir(parents=True, exist_ok=True)
    planned = mechanisms.measurements(names, mechanisms.SEEDS[:1] if quick else mechanisms.SEEDS)
    waiting = [item for item in planned if not (folder / item.file_name).is_file()]
    took: list[float] = []
    for count, item in enumerate(waiting, start=1):
        left = f"about {duration(sum(took) / len(took) * (len(waiting) - count + 1))} remain" if took else item.arm.asks
        _say(f"{count} of {len(waiting)}: {item.arm.name}, seed {item.seed}; {left}")
        result = measure(item, quick=quick, on_epoch=_say_epoch)
        write_whole(folder / item.file_name, json_bytes(result))
        took.append(result["made"]["seconds"])
    _print_mechanisms(folder)


def _say_epoch(end: EpochEnd) -> None:
    batch = f", {100 * end.modes.batch.accuracy:.2f} % with batch statistics" if end.modes else ""
    _say(f"  epoch {end.epoch}: test accuracy {100 * end.test.accuracy:.2f} %{batch}")


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
