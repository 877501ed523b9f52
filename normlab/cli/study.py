"""`normlab study`: how far the replication is; train what remains; measure why BN + L1 + L2 swings."""

import argparse
from pathlib import Path

from normlab.cli import study_mechanisms, study_status, study_train
from normlab.cli.common import Mistake, add_json
from normlab.store import Store
from normlab.study.plan import grids, mechanisms
from normlab.study.results.result_files import RESULTS

DESCRIPTION = (
    "The study that normlab grew out of, repeated. `normlab study --status` tells what ships: runs, seeds, "
    "versions, hashes, and what remains with its time. `normlab study train [PART ...]` trains what remains, the "
    "most valuable part first, and ships each run as it ends (in the end in full for the run that stands for its arm, "
    "else without its history). `normlab study mechanisms [ARM ...]` measures why BN + L1 + L2 swings. Both go on "
    "where they stopped. `normlab study findings` writes docs/findings.md and docs/overview.md, beside the folder "
    "that ships, from what is in it."
)
_ACTIONS = ("train", "mechanisms", "findings")


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("action", nargs="?", choices=_ACTIONS, help="what to do; only tell, without it")
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
        study_status.tell(store, shelf, as_json=chosen.json)
        return 0
    if chosen.action == "findings":
        from normlab.cli import study_findings  # which draws pictures, with altair

        study_findings.write(shelf, shelf.parent)
        return 0
    known = grids.BY_NAME if chosen.action == "train" else mechanisms.BY_NAME
    if unknown := [name for name in chosen.names if name not in known]:
        raise Mistake(f"There is no {unknown[0]!r} to {chosen.action}; choose of {', '.join(known)}.")
    if chosen.quick and (chosen.action != "mechanisms" or chosen.into is None):
        raise Mistake("--quick is for mechanisms, with --into: quick results are no results to ship.")
    if chosen.action == "train":
        return study_train.train(
            [part for part in grids.PARTS if not chosen.names or part.name in chosen.names], store, shelf
        )
    study_mechanisms.measure(tuple(chosen.names), shelf / RESULTS / mechanisms.FOLDER, quick=chosen.quick)
    return 0
