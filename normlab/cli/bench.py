"""`normlab bench`: training against the usual PyTorch loop, on this machine."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from normlab.cli import bench_equivalence
from normlab.cli.common import add_json, print_json, print_table

if TYPE_CHECKING:
    from normlab.training.bench.measure import Report

NAME = "bench"
HELP = "measure how fast training is on this machine"
DESCRIPTION = (
    "Compare training with a plain PyTorch loop (torchvision transforms, DataLoader, nn.Dropout) on MNIST; both take "
    "turns. It needs both cores for itself. The whole table takes about an hour, --quick under two minutes."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("--quick", action="store_true", help="only epochs of 5,000 images, and digits")
    options.add_argument(
        "--equivalence",
        action="store_true",
        help="instead: test accuracy after 3 epochs with 10 seeds, against the reference's (about half an hour)",
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    from normlab.training.bench.equivalence import measured
    from normlab.training.bench.measure import measure

    if chosen.equivalence:
        found = measured(_tell)
        print_json(bench_equivalence.plain(found)) if chosen.json else print(bench_equivalence.sentence(found))
        return 0
    report = measure(quick=chosen.quick, tell=_tell)
    print_json(report.plain()) if chosen.json else _print(report)
    return 0


def _tell(what: str) -> None:
    print(f"normlab: {what} …", file=sys.stderr)


def _print(report: "Report") -> None:
    libraries = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    print(f"{report.machine}; {libraries}; {report.date}")
    print(f"MNIST, {report.images:,} training images an epoch; seconds: median (min–max)\n")
    rows = [
        [line.name, _spread(line.reference), _spread(line.project), f"{line.ratio:.1f}×", f"{line.least:g}×", line.note]
        for line in report.lines
    ]
    print_table(["what", "plain loop", "normlab", "ratio", "at least", ""], rows)
    print(f"\ndigits, 10 epochs: {_spread(report.digits)} s (at most 4)")
    print(f"per-layer statistics: {report.statistics_share:.1%} of an epoch (at most 5 %)")
    print(f"all but steps and test pass: {report.rest_share:.1%} of an epoch (at most 15 %)")
    if report.growth:
        print("\nseconds, an epoch of 20,000 images unless said otherwise\n")
        print_table(["what", "value", "seconds"], [[what, value, f"{s:.2f}"] for what, value, s in report.growth])


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
