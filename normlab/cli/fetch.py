"""`normlab fetch`: download a data set, with progress."""

import argparse
import json
import sys

from tqdm import tqdm

from normlab import images
from normlab.choices import Dataset
from normlab.cli.common import Mistake
from normlab.datasets import DataProblem, Pool
from normlab.download import fetch

DESCRIPTION = (
    "Download a data set from torchvision's mirrors and verify it. A download that broke off goes on where it stopped. "
    "`digits` needs none: it comes with scikit-learn."
)


def add_options(options: argparse.ArgumentParser) -> None:
    sizes = ", ".join(f"{one} ({size} MB)" for one in Dataset if (size := one.spec.download_megabytes))
    options.add_argument("dataset", metavar="DATASET", help=sizes)
    options.add_argument(
        "--json",
        action="store_true",
        help="print progress as JSON lines with bytes done and total, or the problem, for scripts",
    )


def run(chosen: argparse.Namespace) -> int:
    if chosen.dataset not in set(Dataset):
        raise Mistake(f"There is no data set {chosen.dataset!r}; choose one of {', '.join(Dataset)}.")
    dataset = Dataset(chosen.dataset)
    if chosen.json:
        _fetch_as_json(dataset)
    else:
        _fetch(dataset)
    return 0


def _fetch_as_json(dataset: Dataset) -> None:
    try:
        for progress in fetch(dataset):
            print(json.dumps({"done": progress.done, "total": progress.total}), flush=True)
    except DataProblem as problem:
        print(json.dumps({"problem": str(problem)}), flush=True)
        raise
    print(json.dumps({"dataset": dataset, "folder": str(images.data_folder())}), flush=True)


def _fetch(dataset: Dataset) -> None:
    if isinstance(dataset.spec.source, Pool):
        print(f"{dataset} comes with {dataset.spec.source.package}: there is nothing to download.")
        return
    with tqdm(unit="B", unit_scale=True, desc=str(dataset), file=sys.stderr, leave=False) as bar:
        for progress in fetch(dataset):
            bar.total = progress.total
            bar.update(progress.done - bar.n)
    print(f"{dataset} is in {images.data_folder()}.")
