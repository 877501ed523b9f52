"""`normlab train`: one run, with a progress bar; an equal run that has ended is not trained again."""

import argparse
import sys
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

from normlab.cli.common import add_json, percent, print_json, scores
from normlab.cli.interrupts import INTERRUPTED, at_once, tidily
from normlab.cli.options import add_settings, config_from
from normlab.config import RunConfig
from normlab.identity import canonical, run_id
from normlab.imports import lasting
from normlab.record import EpochEnd, Event, RunRecord, Started, Status, StepEnd
from normlab.store import AlreadyFinished, Store
from normlab.titles import title

DESCRIPTION = (
    "Train the network that the options describe, and keep the run. Options that are not given have their defaults; "
    "--dataset brings the recipe of that data set (learning rate, batch size, epochs). An equal run that has ended is "
    "not trained again. Ctrl-C stops: what was trained until then is kept as interrupted."
)
_TIDY_SECONDS = 0.5
"""After Ctrl-C, for giving back the claim."""


def add_options(options: argparse.ArgumentParser) -> None:
    add_settings(options)
    options.add_argument("--again", action="store_true", help="train even if an equal run has ended")
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    config = canonical(config_from(chosen))
    store = Store.open()
    if store.notice:
        print(f"normlab: {store.notice}", file=sys.stderr)
    record = None if chosen.again else _ended(store, config)
    is_reused = record is not None
    if record is None:
        record = _train(config, store, again=chosen.again)
    if record is None:
        return INTERRUPTED
    _tell(config, record, store, is_reused=is_reused, as_json=chosen.json)
    return 0


def _ended(store: Store, config: RunConfig) -> RunRecord | None:
    """The record of an equal run that has ended and can be trusted."""
    if store.status(run_id(config)) not in (Status.FINISHED, Status.DIVERGED):
        return None
    found = store.read(run_id(config))
    return found.record if found is not None else None


def _train(config: RunConfig, store: Store, *, again: bool) -> RunRecord | None:
    with at_once(), lasting():
        from normlab.training.execute import execute

    name = run_id(config)
    print(f"{title(config)} (run {name})", file=sys.stderr)
    store.clear_stop(name)
    with Progress() as progress, suppress(KeyboardInterrupt), tidily(_TIDY_SECONDS) as is_interrupted:
        try:
            record = execute(
                config,
                store,
                stop=lambda: is_interrupted() or store.stop_requested(name),  # a destructor only prints the exception
                on_event=progress.show,
                again=again,
            )
        except AlreadyFinished:  # another process has just ended it
            record = _ended(store, config)
        if record is not None:
            return record
    done = f"after {progress.epochs} of {config.optim.epochs} epochs"
    print(f"normlab: Stopped {done}; run {name} is kept as interrupted.", file=sys.stderr)
    return None


class Progress(AbstractContextManager["Progress"]):
    """A bar on standard error with the newest losses and accuracies, and a line for every epoch."""

    def __init__(self) -> None:
        self.epochs = 0
        self._bar: tqdm[NoReturn] | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, event: Event) -> None:
        if isinstance(event, Started):
            self._bar = tqdm(total=event.steps, unit="step", file=sys.stderr, leave=False, dynamic_ncols=True)
        elif self._bar is not None:
            self._show(event, self._bar)

    def _show(self, event: Event, bar: "tqdm[NoReturn]") -> None:
        if isinstance(event, StepEnd):
            bar.update(event.step - bar.n)
            bar.set_postfix_str(f"loss {event.data_loss:.3f}, accuracy {percent(event.accuracy)}", refresh=False)
        elif isinstance(event, EpochEnd):
            self.epochs = event.epoch
            train, test = event.train, event.test
            line = (
                f"epoch {event.epoch:3d}  loss {train.loss:.4f}  penalty {event.penalty:.4f}  "
                f"accuracy {percent(train.accuracy)}  test loss {test.loss:.4f}  test accuracy {percent(test.accuracy)}"
            )
            bar.write(line, file=sys.stderr)


def _tell(config: RunConfig, record: RunRecord, store: Store, *, is_reused: bool, as_json: bool) -> None:
    folder = store.where(record.run_id)
    if record.status is Status.DIVERGED:
        print(f"normlab: The run diverged. {record.reason}", file=sys.stderr)
    if as_json:
        print_json(
            {
                "run_id": record.run_id,
                "title": title(config),
                "status": record.status,
                "is_reused": is_reused,
                **scores(record),
                "epochs": record.epochs,
                "seconds": round(record.seconds, 3),
                "parameters": record.parameters,
                "folder": folder,
            }
        )
        return
    how = "was trained before: its result is reused (--again trains it anew)" if is_reused else "is trained"
    print(f"Run {record.run_id} {how}.")
    print(f"Test accuracy {percent(record.test_accuracy)}, train accuracy {percent(record.train_accuracy)}.")
    print(f"It is kept in {folder}.")
