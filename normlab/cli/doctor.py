"""`normlab doctor`: what is installed, what is there, what fits."""

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from normlab import images, installation, limits
from normlab.choices import Dataset
from normlab.cli.common import add_json, print_json
from normlab.datasets import DataProblem, Pool
from normlab.engine import EngineProblem, cluster_size, megabytes_wanted, scheduler_wanted, workers_wanted
from normlab.store import Store, StoreProblem, read_manifest

DESCRIPTION = (
    "Check the installation: Python and packages, whether torch and torchvision fit each other, whether compiled "
    "kernels are kept, which data sets are "
    "here, whether runs can be kept, how many runs ship. The exit code is 1 if something must be mended."
)

_PACKAGES = ("normlab", "torch", "torchvision", "numba", "numpy", "scikit-learn", "streamlit", "altair", "safetensors")
_TRY_SECONDS = 300
_TRY_TORCH = "import torch; print(torch.get_num_threads())"
_TRY_KERNELS = (
    "from normlab.training.kernels.compile import FOLDER, problem as p; import sys; "
    "print(FOLDER); sys.exit(p() or None)"
)
_TRY_VISION = "from normlab.training.machine import torchvision_problem as p; import sys; sys.exit(p() or None)"


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_good` is None for what is neither good nor bad."""

    name: str
    is_good: bool | None
    text: str


def add_options(options: argparse.ArgumentParser) -> None:
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    findings = [
        _python(),
        *_packages(),
        _torch(),
        _torchvision(),
        _kernels(),
        *_data_sets(),
        *_store(),
        *_engine(),
        _limits(),
    ]
    if chosen.json:
        print_json([{"name": item.name, "is_good": item.is_good, "text": item.text} for item in findings])
    else:
        marks = {True: "ok", False: "MEND", None: "-"}
        for item in findings:
            print(f"{marks[item.is_good]:4}  {item.name:13}  {item.text}")
    return 1 if any(item.is_good is False for item in findings) else 0


def _python() -> Finding:
    text = f"{platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Finding("python", sys.version_info >= (3, 11), text)


def _packages() -> list[Finding]:
    findings = []
    for name in _PACKAGES:
        try:
            findings.append(Finding(name, True, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, False, f"is not installed: {_installing(name)}"))
    return findings


def _installing(package: str) -> str:
    if package in ("torch", "torchvision"):
        return f"install both with `{installation.TORCH}`"
    return f"run `{installation.EVERYTHING}` in normlab's folder"


def _try(code: str) -> tuple[bool, str]:
    """Run code in a process of its own: a build that does not fit may end it. Success, and its last line."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=_TRY_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {_TRY_SECONDS} seconds"
    lines = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip().splitlines()
    return done.returncode == 0, lines[-1] if lines else f"exit code {done.returncode}"


def _torch() -> Finding:
    works, line = _try(_TRY_TORCH)
    text = f"with {line} threads" if works else f"cannot be imported ({line}): {_installing('torch')}"
    return Finding("torch runs", works, text)


def _torchvision() -> Finding:
    works, line = _try(_TRY_VISION)
    return Finding("torch fits", works, "torch and torchvision fit each other" if works else line)


def _kernels() -> Finding:
    works, line = _try(_TRY_KERNELS)
    return Finding("kernels", works, f"compiled ones are kept in {line}" if works else line)


def _data_sets() -> list[Finding]:
    findings = []
    for dataset in Dataset:
        if isinstance(dataset.spec.source, Pool):
            findings.append(Finding(dataset, True, f"comes with {dataset.spec.source.package}"))
        elif images.is_there(dataset):
            findings.append(_sound(dataset))
        else:
            size = dataset.spec.download_megabytes
            findings.append(Finding(dataset, None, f"is not here; `normlab fetch {dataset}` downloads {size} MB"))
    return findings


def _sound(dataset: Dataset) -> Finding:
    try:
        images.load(dataset)
    except DataProblem as problem:
        return Finding(dataset, False, str(problem))
    return Finding(dataset, True, f"is in {images.data_folder()}")


def _store() -> list[Finding]:
    try:
        store = Store.open()
    except StoreProblem as problem:
        return [Finding("store", False, str(problem))]
    text = store.notice or f"{store.root}, {len(store.list())} runs with those that ship"
    return [Finding("store", not store.notice, text), _shipped(store.shipped)]


def _engine() -> list[Finding]:
    """How runs are trained."""
    try:
        workers, scheduler, megabytes = workers_wanted(), scheduler_wanted(), megabytes_wanted()
    except EngineProblem as problem:
        return [Finding("training", False, str(problem))]
    if workers == 0:
        return [Finding("training", None, "is turned off on the page (NORMLAB_WORKERS=0)")]
    if scheduler:
        works, text = cluster_size(scheduler)
        return [Finding("training", works, text)]
    text = f"{workers} at a time on the page, {megabytes:,} MB a worker beyond what PyTorch takes"
    return [Finding("training", True, text)]


def _limits() -> Finding:
    try:
        found = limits.read()
    except limits.LimitsProblem as problem:
        return Finding("limits", False, str(problem))
    set_ = [f"{name} {value:,}" for name, value in asdict(found).items() if value]
    return Finding("limits", None, f"on the page: {', '.join(set_) or 'none'}")


def _shipped(shelf: Path | None) -> Finding:
    if shelf is None:
        return Finding("pretrained", False, "there is no folder of runs that ship: set NORMLAB_PRETRAINED to one")
    try:
        entries = read_manifest(shelf)
    except StoreProblem as problem:
        return Finding("pretrained", False, str(problem))
    return Finding("pretrained", bool(entries), f"{len(entries)} runs in {shelf}")
