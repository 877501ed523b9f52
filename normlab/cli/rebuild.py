"""`normlab rebuild`: train again the runs that ship, or the pilot that chose their λ."""

import argparse
import statistics
from pathlib import Path

from normlab.cli.common import Mistake, percent, print_table
from normlab.cli.sweep import tell_failures, watched
from normlab.config import RunConfig
from normlab.describe import norm_label
from normlab.engine.sweep import Outcome
from normlab.identity import run_id
from normlab.store import Store, ship, write_manifest

NAME = "rebuild"
HELP = "train again the runs that ship"
DESCRIPTION = (
    "Train again every run that ships, and write them with their manifest. It goes on where it stopped: runs that it "
    "has trained before are not trained again while they are in the folder `rebuild` of the store."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where to write them; without it, over those that ship now"
    )
    options.add_argument("--missing", action="store_true", help="only those that do not ship yet")
    options.add_argument(
        "--pilot", action="store_true", help="only the pilot: train each norm with each λ, print validation accuracies"
    )


def run(chosen: argparse.Namespace) -> int:
    from normlab.training.experiments.digits_grid import configs, pilot_configs, ships_whole

    store = Store.open()
    workshop = Store(store.root / "rebuild")
    if chosen.pilot:
        failed = [outcome for outcome in watched(pilot_configs(), workshop) if outcome.status is None]
        _print_pilot(pilot_configs(), workshop)
        return _code(failed)
    shelf = chosen.into or store.shipped
    if shelf is None:
        raise Mistake("There is no folder of runs that ship to write to: name one with --into.")
    there = Store(shelf / "no runs of its own", shelf)
    failed = []
    wanted = [config for config in configs() if not (chosen.missing and _is_there(config, there, ships_whole(config)))]
    for outcome in watched(wanted, workshop):
        if outcome.status is None:
            failed.append(outcome)
        else:
            ship(workshop.root / outcome.run_id, shelf, history=ships_whole(outcome.config))
    entries = write_manifest(shelf)
    print(f"{len(entries)} runs are in {shelf}.")
    return _code(failed)


def _is_there(config: RunConfig, shipped: Store, whole: bool) -> bool:
    """Whether the run ships, and with its history if it is to be `whole`."""
    run = shipped.read(run_id(config))
    return run is not None and (bool(run.steps) or not whole)


def _code(failed: list[Outcome]) -> int:
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
