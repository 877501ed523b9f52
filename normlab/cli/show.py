"""`normlab show`: one run, epoch by epoch."""

import argparse

from normlab.cli.common import Mistake, add_json, find, percent, print_json, print_table
from normlab.generation import text
from normlab.record import EpochEnd, Score
from normlab.record_json import record_to_json
from normlab.settings import flat, to_query
from normlab.store import Run, Store
from normlab.titles import title

DESCRIPTION = "Show one run: what every epoch came to, when and on what machine it was trained, with which versions."


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("run_id", metavar="RUN", help="the run's id, or as much of its beginning as is unique")
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    store = Store.open()
    name = find(store, chosen.run_id).run_id
    found = store.read(name)
    if found is None:
        reason = next((aside.reason for aside in reversed(store.set_aside()) if name in aside.folder), "It is gone.")
        raise Mistake(f"The run {name} cannot be shown: {reason}")
    if chosen.json:
        print_json(_as_json(found))
    else:
        _print(found)
    return 0


def _as_json(run: Run) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "title": title(run.config),
        "status": run.status,
        "is_shipped": run.shipped,
        "settings": flat(run.config),
        "epochs": [_epoch_as_json(end) for end in run.epochs],
        "record": record_to_json(run.record) if run.record else None,
    }


def _epoch_as_json(end: EpochEnd) -> dict[str, object]:
    def score(value: Score | None) -> dict[str, float] | None:
        return None if value is None else {"loss": value.loss, "accuracy": value.accuracy}

    return {
        "epoch": end.epoch,
        "lr": end.lr,
        "penalty": end.penalty,
        "seconds": end.seconds,
        "train": score(end.train),
        "train_eval": score(end.train_eval),
        "validation": score(end.validation),
        "test": score(end.test),
        "test_batch": score(end.modes.batch if end.modes else None),
        "test_reestimated": score(end.modes.reestimated if end.modes else None),
    }


def _print(run: Run) -> None:
    origin = "ships with normlab" if run.shipped else "trained here"
    print(f"{title(run.config)}\nrun {run.run_id}, {run.status}, {origin}")
    changes = ", ".join(f"{name}={value}" for name, value in to_query(run.config).items())
    print(f"settings that differ from the defaults: {changes or 'none'}")
    if run.started is not None:
        versions = ", ".join(f"{name} {version}" for name, version in run.started.versions.items())
        where = f"{run.started.machine}, {run.started.threads} threads"
        print(f"{run.started.parameters:,} parameters; {where}; {versions}; generation {text(run.started)}")
    if run.record is not None:
        print(f"{run.record.started}, {run.record.seconds:.1f} s {run.record.reason}".rstrip())
    if run.epochs:
        print()
        head = ("epoch", "lr", "loss", "penalty", "train", "train (eval)", "validation", "test loss", "test")
        modes = ("test (batch)", "test (re-estimated)") if any(end.modes for end in run.epochs) else ()
        print_table((*head, *modes), [(*_row(end), *(_modes(end) if modes else ())) for end in run.epochs])


def _modes(end: EpochEnd) -> tuple[str, ...]:
    if end.modes is None:
        return "", ""
    return percent(end.modes.batch.accuracy), percent(end.modes.reestimated.accuracy)


def _row(end: EpochEnd) -> tuple[str, ...]:
    return (
        str(end.epoch),
        f"{end.lr:.4f}",
        f"{end.train.loss:.4f}",
        f"{end.penalty:.4f}",
        percent(end.train.accuracy),
        percent(end.train_eval.accuracy),
        percent(end.validation.accuracy if end.validation else None),
        f"{end.test.loss:.4f}",
        percent(end.test.accuracy),
    )
