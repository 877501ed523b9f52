"""`normlab sweep`: train every combination of a grid; goes on where it stopped."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from normlab.cli.common import add_json, print_json, read_text, scores, whole
from normlab.config import RunConfig
from normlab.engine import Outcome, carry_out
from normlab.grid import EXAMPLE, configurations
from normlab.record import Status
from normlab.store import Store
from normlab.titles import title

DESCRIPTION = f"""\
Train every combination of a grid of settings. It goes on where it stopped: runs that have ended are not trained
again. As many workers as there are cores train at a time, with one thread each; where NORMLAB_SCHEDULER names a Dask
scheduler, the workers of that cluster do. The exit code is 1 if a run failed. A grid:

{EXAMPLE}"""


def add_options(options: argparse.ArgumentParser) -> None:
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("grid", type=Path, metavar="GRID.TOML", help="the grid")
    options.add_argument("--workers", type=whole(1, 64), metavar="N", help="runs at a time; without it, one a core")
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    configs = configurations(read_text(chosen.grid))
    store = Store.open()
    if store.notice:
        print(f"normlab: {store.notice}", file=sys.stderr)
    outcomes = list(watched(configs, store, workers=chosen.workers))
    if chosen.json:
        print_json([_facts(outcome, store) for outcome in outcomes])
    else:
        print(_summary(outcomes))
    tell_failures(outcomes)
    return 1 if any(outcome.status is None for outcome in outcomes) else 0


def watched(configs: Sequence[RunConfig], store: Store, *, workers: int | None = None) -> Iterator[Outcome]:
    """The outcomes as they come, with a bar on standard error that tells how much time is left."""
    with tqdm(total=len(configs), unit="run", file=sys.stderr, smoothing=0.1, dynamic_ncols=True) as bar:
        for outcome in carry_out(configs, store, workers=workers):
            if outcome.is_reused:
                bar.initial += 1  # took no time: the estimate leaves it out
            bar.update()
            bar.set_postfix_str(title(outcome.config))
            yield outcome


def tell_failures(outcomes: Sequence[Outcome]) -> None:
    """A line on standard error for each run that failed."""
    for outcome in outcomes:
        if outcome.status is None:
            print(f"normlab: {title(outcome.config)} (run {outcome.run_id}): {outcome.message}", file=sys.stderr)


def _summary(outcomes: Sequence[Outcome]) -> str:
    reused = sum(outcome.is_reused for outcome in outcomes)
    diverged = sum(outcome.status is Status.DIVERGED for outcome in outcomes)
    failed = sum(outcome.status is None for outcome in outcomes)
    parts = [f"{len(outcomes) - failed} of {len(outcomes)} runs have ended"]
    parts += [f"{reused} of them before"] if reused else []
    parts += [f"{diverged} diverged"] if diverged else []
    parts += [f"{failed} failed"] if failed else []
    return ", ".join(parts) + "."


def _facts(outcome: Outcome, store: Store) -> dict[str, object]:
    run = store.read(outcome.run_id) if outcome.status else None
    return {
        "run_id": outcome.run_id,
        "title": title(outcome.config),
        "status": outcome.status or "failed",
        "is_reused": outcome.is_reused,
        **scores(run.record if run else None),
        "message": outcome.message,
    }
