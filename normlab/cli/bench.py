"""`normlab bench`: training against the usual PyTorch loop, on this machine."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from normlab.cli.common import add_json, print_json, print_table

if TYPE_CHECKING:
    from normlab.training.bench.measure import Report

NAME = "bench"
HELP = "measure how fast training is on this machine"
DESCRIPTION = (
    "Compare training with a plain PyTorch loop (torchvision transforms, DataLoader, nn.Dropout) on MNIST; both take "
    "turns. It needs both cores for itself. The whole table takes about half an hour, --quick under two minutes."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("--quick", action="store_true", help="epochs of 10,000 images, and digits; no sweep")
    options.add_argument(
        "--equivalence",
        action="store_true",
        help="instead: test accuracy after 3 epochs with 10 seeds, against the reference's (about ten minutes)",
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    from normlab.training.bench import cases, measure

    if chosen.equivalence:
        _print_differences(measure.differences(cases.EPOCHS[0], workers=0), as_json=chosen.json)
        return 0
    report = measure.measure(quick=chosen.quick, tell=lambda what: print(f"normlab: {what} …", file=sys.stderr))
    if chosen.json:
        print_json(report.plain())
    else:
        _print(report)
    return 0


def _print(report: "Report") -> None:
    libraries = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    print(f"{report.machine}; {libraries}; {report.images:,} training images of MNIST; seconds: median (min to max)\n")
    rows = [
        [line.name, _spread(line.reference), _spread(line.project), f"{line.ratio:.1f}×", f"{line.least:g}×", line.note]
        for line in report.lines
    ]
    print_table(["what", "plain loop", "normlab", "ratio", "wanted", ""], rows)
    print(f"\ndigits, 10 epochs: {_spread(report.digits)} s (wanted: at most 4)")
    print(f"per-layer statistics: {report.statistics_share:.1%} of an epoch (wanted: at most 5 %)")
    print(f"all but steps and test pass: {report.rest_share:.1%} of an epoch (wanted: at most 15 %)")


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _print_differences(found: Sequence[float], *, as_json: bool) -> None:
    """With the 90 % t interval of their mean, in points."""
    from scipy.stats import t

    points = [100 * value for value in found]
    mean, half = statistics.mean(points), statistics.stdev(points) / len(points) ** 0.5 * t.ppf(0.95, len(points) - 1)
    low, high = mean - half, mean + half
    if as_json:
        print_json({"differences": points, "mean": mean, "interval_90": [low, high]})
    else:
        print(f"normlab minus plain loop: {mean:+.3f} points, 90 % interval {low:+.3f} to {high:+.3f} (10 seeds).")
