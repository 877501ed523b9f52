"""`normlab rebuild`: train again the runs that ship, or the pilot that chose their λ; measure them under stress."""

import argparse
import statistics
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from normlab.cli import rebuild_lessons, rebuild_stress
from normlab.cli import shelf as shelves
from normlab.cli.common import Mistake, percent, print_table, say
from normlab.cli.sweep import tell_failures, watched
from normlab.config import RunConfig
from normlab.describe import norm_label
from normlab.engine import Outcome
from normlab.generation import Origin, difference
from normlab.identity import run_id
from normlab.store import FolderBox, Store, read_manifest, ship
from normlab.study.plan import grids

DESCRIPTION = (
    "Train again the runs on digits of page, lesson, race and lessons, or the parts that are named, and write them "
    "over those that ship, with their manifest. With --generation, train again only what an older generation of the "
    "code or another kind of machine made; a part is replaced once all of it is trained, so that it is of one kind. "
    "Started again, a rebuild goes on where it stopped: what it has trained stays in the folder `rebuild` of the "
    f"store. The part `{shelves.LESSONS}` then measures what each lesson is decided by; the part "
    f"`{rebuild_stress.PART}` trains nothing: it measures what each slider of a stress does to the networks that ship, "
    "where that is not measured yet, or with other weights."
)

_USUAL = (shelves.PAGE, shelves.LESSON, shelves.RACE, shelves.LESSONS)


def add_options(options: argparse.ArgumentParser) -> None:
    names = (*_USUAL, *grids.BY_NAME, rebuild_stress.PART)
    options.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"of {', '.join(names)}; without any {', '.join(_USUAL)}, or with --generation all runs",
    )
    options.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where to write them; without it, over those that ship now"
    )
    which = options.add_mutually_exclusive_group()
    which.add_argument("--missing", action="store_true", help="only those that do not ship yet")
    which.add_argument(
        "--generation", action="store_true", help="only those of an older generation or another kind of machine"
    )
    which.add_argument(
        "--pilot", action="store_true", help="only the pilot: train each norm with each λ, print validation accuracies"
    )


def run(chosen: argparse.Namespace) -> int:
    from normlab.study.plan.digits import pilot_configs
    from normlab.training.machine import here

    store = Store.open()
    workshop = Store(store.root / "rebuild")
    if chosen.pilot:
        failed = [outcome for outcome in watched(pilot_configs(), workshop) if outcome.status is None]
        _print_pilot(pilot_configs(), workshop)
        return _code(failed)
    shelf: Path | None = chosen.into or store.shipped
    if shelf is None:
        raise Mistake("There is no folder of runs that ship to write to: name one with --into.")
    if chosen.parts == [rebuild_stress.PART]:
        rebuild_stress.measure(shelf)
        return 0
    known = shelves.parts(shelf)
    if rebuild_stress.PART in chosen.parts:
        raise Mistake(f"The part {rebuild_stress.PART} is measured by itself, once what it measures is trained.")
    if unknown := [name for name in chosen.parts if name not in known]:
        raise Mistake(f"There is no part {unknown[0]!r}; choose of {', '.join((*known, rebuild_stress.PART))}.")
    names = chosen.parts or (list(known) if chosen.generation else _USUAL)
    opening = shelves.opening_seed(shelf)
    wanted = {name: _wanted(known[name], shelf, here(), chosen) for name in names}
    shelves.refuse_mixture(known, chain.from_iterable(wanted.values()), shelf)
    failed = []
    for name, configs in wanted.items():
        failed += _rebuild(name, configs, shelf, workshop, here(), at_once=chosen.generation)
    lacking = shelves.settle(shelf, workshop)
    failed += _rebuild("runs that stand for their arms", _same_kind(lacking, shelf, here()), shelf, workshop, here())
    shelves.settle(shelf, workshop)
    shelves.pack(shelf)
    if shelves.LESSONS in names:
        rebuild_lessons.measure(shelf)
    elif rebuild_lessons.waiting(shelf):
        say(f"Networks have changed: `normlab rebuild --missing {shelves.LESSONS}` measures them for lessons.")
    print(f"{len(read_manifest(shelf))} runs are in {shelf}.")
    if (now := shelves.opening_seed(shelf)) != opening:
        say(f"The page opens with seed {now} now: `normlab rebuild --missing` trains what a first step leads to.")
    if rebuild_stress.waiting(shelf):
        say(f"Networks have changed: `normlab rebuild {rebuild_stress.PART}` measures them under stress.")
    return _code(failed)


def _wanted(configs: Sequence[RunConfig], shelf: Path, here: Origin, chosen: argparse.Namespace) -> list[RunConfig]:
    """Which of a part's runs are to be trained."""
    there = shelves.only(shelf)
    records = {config: summary.record if (summary := there.ended(run_id(config))) else None for config in configs}
    if chosen.generation:
        return [config for config, record in records.items() if record and difference(record, here)]
    return [config for config, record in records.items() if record is None or not chosen.missing]


def _same_kind(configs: Sequence[RunConfig], shelf: Path, here: Origin) -> list[RunConfig]:
    """Those that come again bit for bit here."""
    summaries = [(config, shelves.only(shelf).ended(run_id(config))) for config in configs]
    return [config for config, run in summaries if run and run.record and not difference(run.record, here)]


def _rebuild(
    name: str, configs: Sequence[RunConfig], shelf: Path, workshop: Store, here: Origin, *, at_once: bool = False
) -> list[Outcome]:
    """Train runs and ship them, `at_once` only if none has failed; the outcomes that failed."""
    for config in configs:
        _retire(config, workshop, here)
    outcomes = [_checked(outcome, workshop, here) for outcome in watched(configs, workshop)]
    failed = [outcome for outcome in outcomes if outcome.status is None]
    if failed and at_once:
        say(f"The part {name} stays as it is until all of it is trained; what is trained is kept.")
        return failed
    for outcome in outcomes:
        if outcome.status is not None:
            ship(FolderBox(workshop.root / outcome.run_id), shelf, history=False)
    return failed


def _retire(config: RunConfig, workshop: Store, here: Origin) -> None:
    """What an earlier rebuild trained with another generation or on another kind of machine is no part of this one."""
    summary = workshop.ended(run_id(config))
    if summary is not None and summary.record is not None and (reason := difference(summary.record, here)):
        workshop.retire(summary.run_id, f"A rebuild trains it anew, because {reason}.")


def _checked(outcome: Outcome, workshop: Store, here: Origin) -> Outcome:
    """The outcome, failed if the worker of a cluster was of another kind than this machine."""
    summary = workshop.ended(outcome.run_id)
    if summary is None or summary.record is None or not (reason := difference(summary.record, here)):
        return outcome
    return Outcome(outcome.config, None, message=f"It was trained on another kind of machine: {reason}.")


def _code(failed: Sequence[Outcome]) -> int:
    tell_failures(failed)
    return 1 if failed else 0


def _print_pilot(configs: list[RunConfig], workshop: Store) -> None:
    """A row a penalty, a column a norm: validation accuracy, mean over the pilot's seeds."""
    norms = list(dict.fromkeys(norm_label(config.model) for config in configs))
    penalties = sorted({(config.penalty.l1, config.penalty.l2) for config in configs})
    rows = []
    for l1, l2 in penalties:
        same = [config for config in configs if (config.penalty.l1, config.penalty.l2) == (l1, l2)]
        found = [[c for c in same if norm_label(c.model) == norm] for norm in norms]
        rows.append([f"L1 {l1:g}, L2 {l2:g}", *(percent(_mean_validation(part, workshop)) for part in found)])
    print_table(["penalty", *norms], rows)


def _mean_validation(configs: list[RunConfig], workshop: Store) -> float | None:
    runs = [workshop.read(run_id(config)) for config in configs]
    accuracies = [run.record.validation_accuracy for run in runs if run is not None and run.record is not None]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    return statistics.mean(known) if known else None
