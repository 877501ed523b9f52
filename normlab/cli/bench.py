"""`normlab bench`: training against the usual PyTorch loop and a strong one, on this machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from normlab.cli import bench_document, bench_equivalence, bench_stress
from normlab.cli.common import add_json, print_json, print_table, say
from normlab.store import Store

if TYPE_CHECKING:
    from normlab.training.bench.report import Report

DESCRIPTION = (
    "Compare training on MNIST with a plain PyTorch loop (torchvision transforms, DataLoader) and with a strong one "
    "(data in memory, compiled augmentation of whole batches); all take turns, in processes of their own. It needs all "
    "cores for itself. The whole table takes about an hour, --quick under two minutes. To write docs/performance.md "
    "anew: `normlab bench --json > docs/performance-1.json`, the same with -2, then `normlab bench --document docs`."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("--quick", action="store_true", help="fewer images, no sweep and no time to an accuracy")
    options.add_argument(
        "--equivalence",
        action="store_true",
        help="instead: test accuracy after 3 epochs with 10 seeds, against the plain loop's (about half an hour)",
    )
    options.add_argument(
        "--stress", action="store_true", help="instead: how long five networks take to answer 800 images (seconds)"
    )
    options.add_argument(
        "--document",
        type=Path,
        metavar="FOLDER",
        help="instead: write the tables of performance.md in this folder from its performance-*.json",
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    if chosen.document is not None:
        bench_document.write(chosen.document)
        return 0

    if chosen.stress:
        _stress(as_json=chosen.json)
        return 0

    from normlab.training.bench.equivalence import measured
    from normlab.training.bench.measure import measure

    if chosen.equivalence:
        found = measured(_tell)
        print_json(bench_equivalence.plain(found)) if chosen.json else print(bench_equivalence.sentence(found))
        return 0
    report = measure(quick=chosen.quick, tell=_tell)
    print_json(report.plain()) if chosen.json else _print(report)
    return 0


def _stress(*, as_json: bool) -> None:
    found = bench_stress.times(Store.open())
    if as_json:
        print_json([{"what": one.what, "wall_ms": one.wall, "cpu_ms": one.cpu} for one in found])
    else:
        rows = [(one.what, f"{one.wall:.0f}", f"{one.cpu:.0f}") for one in found]
        print_table(("what", "milliseconds", "of CPU"), rows)


def _tell(what: str) -> None:
    say(f"normlab: {what} …")


def _print(report: "Report") -> None:
    from normlab.training.bench.tables import notes, place, tables

    print(place(report))
    for table in tables(report):
        print(f"\n{table.title}\n")
        print_table(table.head, table.rows)
    print()
    for note in notes(report):
        print(note)
