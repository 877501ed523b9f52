"""`normlab verify`: rebuild stored networks and recompute their accuracy."""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from normlab import images
from normlab.cli.common import add_json, find, percent, print_json, say, whole
from normlab.datasets import DataProblem
from normlab.generation import difference
from normlab.record import Status
from normlab.store import (
    RECORD,
    Box,
    Damage,
    Run,
    RunSummary,
    Shelf,
    Store,
    StoreProblem,
    read_manifest,
    read_packs,
    sha256,
)
from normlab.titles import title

DESCRIPTION = (
    "Check runs: every file against its recorded hash, then the network is rebuilt from its stored weights and its "
    "test accuracy is computed again from the data. Without RUN, all runs that ship are checked against their "
    "manifest. With --retrain, a sample of them is trained anew instead and compared bit for bit, where generation, "
    "processor and versions are those of the run; elsewhere it says why it cannot. The exit code is 1 if one fails "
    "or is missing, or if nothing was verified."
)
_MOST = 10_000
"""Runs of a sample: more than any folder holds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result` is "verified", "skipped" or "failed"."""

    run_id: str
    result: str
    text: str


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("runs", nargs="*", metavar="RUN", help="ids of runs, or the beginnings of ids")
    anew = "train N of the runs anew, chosen at random, and compare bit for bit"
    options.add_argument("--retrain", type=whole(1, _MOST), metavar="N", help=anew)
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    store = Store.open()
    if chosen.retrain:
        names = [find(store, word).run_id for word in chosen.runs]
        verdicts = _retrain(store if names else _only_shipped(store), names, chosen.retrain)
    elif chosen.runs:
        verdicts = [verdict_on(store, find(store, word).run_id) for word in chosen.runs]
    else:
        verdicts = _check_shipped(store)
    if chosen.json:
        print_json([{"run_id": v.run_id, "result": v.result, "text": v.text} for v in verdicts])
    else:
        for verdict in verdicts:
            print(f"{verdict.run_id}  {verdict.result:8}  {verdict.text}")
        print(_summary(verdicts))
    return 0 if _is_good(verdicts) else 1


def _is_good(verdicts: list[Verdict]) -> bool:
    results = {verdict.result for verdict in verdicts}
    return "verified" in results and "failed" not in results


def _summary(verdicts: list[Verdict]) -> str:
    counts = {name: sum(verdict.result == name for verdict in verdicts) for name in ("verified", "skipped", "failed")}
    line = ", ".join(f"{count} {name}" for name, count in counts.items())
    return line if counts["verified"] else f"{line}: nothing was verified"


def _check_shipped(store: Store) -> list[Verdict]:
    """The manifest and the folder must name the same runs, with the same records."""
    only_shipped = _only_shipped(store)
    shelf = only_shipped.shipped
    assert shelf is not None, "it holds what ships"
    entries = {entry.run_id: entry for entry in read_manifest(shelf)}
    here = Shelf(shelf)
    present = {name: box for name in here.names() if (box := here.box(name))}
    problems = here.problems(read_packs(shelf))
    verdicts = [Verdict(name, "failed", problem) for name, problem in problems.items()]
    for name in sorted(entries.keys() | present.keys()):
        if name not in present:
            verdicts.append(Verdict(name, "failed", "it is in the manifest, but not here"))
        elif name not in entries:
            verdicts.append(Verdict(name, "failed", "it is here, but the manifest does not name it"))
        elif problem := _record_problem(present[name], entries[name].record_sha256):
            verdicts.append(Verdict(name, "failed", problem))
        else:
            verdicts.append(verdict_on(only_shipped, name))
    return verdicts


def _record_problem(box: Box, recorded: str) -> str:
    """Why the run's record is not the one that the manifest names; "" if it is."""
    try:
        found = sha256(box.read(RECORD))
    except Damage as damage:
        return str(damage)
    return "" if found == recorded else f"{RECORD} is not the one that the manifest names"


def _only_shipped(store: Store) -> Store:
    """A run trained here must not stand in for one that ships."""
    if store.shipped is None:
        raise StoreProblem("There is no folder of runs that ship: set NORMLAB_PRETRAINED to one.")
    return Store(store.root / "none", store.shipped)


def _retrain(store: Store, names: Sequence[str], count: int) -> list[Verdict]:
    """Of these runs, or of all, a sample of those that must come again here; of the others, why they need not."""
    from normlab.training.machine import here

    ended = [run for run in store.list() if run.record is not None and (not names or run.run_id in names)]
    reasons = {run.run_id: difference(run.record, here()) or _absent(run) for run in ended if run.record}
    fit = [run for run in ended if not reasons[run.run_id]]
    verdicts = [_verdict_anew(store, run.run_id) for run in random.sample(fit, min(count, len(fit)))]
    if len(fit) >= count:
        return verdicts
    if names:
        others = [(run.run_id, title(run.config), reasons[run.run_id]) for run in ended if reasons[run.run_id]]
    else:
        counts = Counter(reason for reason in reasons.values() if reason)
        others = [("-", f"{number} runs", reason) for reason, number in counts.items()]
    skipped = [Verdict(name, "skipped", f"{what}: cannot be compared: {reason}") for name, what, reason in others]
    return [*verdicts, *skipped]


def _absent(run: RunSummary) -> str:
    dataset = run.config.data.dataset
    return "" if images.is_there(dataset) else f"the data set {dataset} is not here"


def _verdict_anew(store: Store, name: str) -> Verdict:
    from normlab.training.recompute import Mismatch, train_again

    found = store.read(name)
    if found is None:
        return verdict_on(store, name)
    say(f"{title(found.config)} is trained anew")
    try:
        train_again(found)
    except (Mismatch, DataProblem) as problem:
        return Verdict(name, "failed", f"{title(found.config)}: {problem}")
    return Verdict(name, "verified", f"{title(found.config)}: trained anew, it comes again bit for bit")


def verdict_on(store: Store, name: str) -> Verdict:
    """Rebuild the run's network and compute its accuracy again."""
    found = store.read(name)
    if found is None:
        reasons = [aside.reason for aside in store.set_aside() if name in aside.folder]
        return Verdict(name, "failed", reasons[-1] if reasons else "it is not there")
    if found.status not in (Status.FINISHED, Status.DIVERGED):
        return Verdict(name, "skipped", f"{title(found.config)}: it is {found.status}, there is nothing to verify yet")
    if not images.is_there(found.config.data.dataset):
        return Verdict(name, "skipped", f"{title(found.config)}: the data set {found.config.data.dataset} is not here")
    return _recompute(found)


def _recompute(found: Run) -> Verdict:
    from normlab.training.recompute import Mismatch, check

    try:
        accuracy = check(found)
    except (Mismatch, DataProblem) as problem:
        return Verdict(found.run_id, "failed", f"{title(found.config)}: {problem}")
    return Verdict(found.run_id, "verified", f"{title(found.config)}: test accuracy {percent(accuracy)}")
