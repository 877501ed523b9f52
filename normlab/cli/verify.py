"""`normlab verify`: rebuild stored networks and recompute their accuracy."""

import argparse
from dataclasses import dataclass

from normlab import images
from normlab.cli.common import add_json, find, percent, print_json
from normlab.describe import title
from normlab.record import Status
from normlab.store import Run, Store, StoreProblem, read_manifest
from normlab.store.layout import RECORD, is_run_id, sha256

NAME = "verify"
HELP = "check runs: rebuild each network and recompute its accuracy"
DESCRIPTION = (
    "Check runs: every file against its recorded hash, then the network is rebuilt from its stored weights and its "
    "test accuracy is computed again from the data. Without RUN, all runs that ship are checked against their "
    "manifest. The exit code is 1 if one fails or is missing, or if nothing was verified."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result` is "verified", "skipped" or "failed"."""

    run_id: str
    result: str
    text: str


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("runs", nargs="*", metavar="RUN", help="ids of runs, or the beginnings of ids")
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    store = Store.open()
    if chosen.runs:
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
    shelf = store.shipped
    if shelf is None:
        raise StoreProblem("There is no folder of runs that ship: set NORMLAB_PRETRAINED to one.")
    entries = {entry.run_id: entry for entry in read_manifest(shelf)}
    present = {path.name for path in shelf.iterdir() if is_run_id(path.name)}
    only_shipped = Store(store.root / "none", shelf)  # a run trained here must not stand in for one that ships
    verdicts = []
    for name in sorted(entries.keys() | present):
        record = shelf / name / RECORD
        if name not in present:
            verdicts.append(Verdict(name, "failed", "it is in the manifest, but its folder is missing"))
        elif name not in entries:
            verdicts.append(Verdict(name, "failed", "its folder is there, but the manifest does not name it"))
        elif record.is_file() and sha256(record.read_bytes()) != entries[name].record_sha256:
            verdicts.append(Verdict(name, "failed", f"{RECORD} is not the one that the manifest names"))
        else:
            verdicts.append(verdict_on(only_shipped, name))
    return verdicts


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
    except (Mismatch, images.DataProblem) as problem:
        return Verdict(found.run_id, "failed", f"{title(found.config)}: {problem}")
    return Verdict(found.run_id, "verified", f"{title(found.config)}: test accuracy {percent(accuracy)}")
