"""`normlab evaluate`: a stored network on its test images, with any of BatchNorm's statistics."""

import argparse

from normlab.choices import Statistics
from normlab.cli.common import Mistake, add_json, find, percent, print_json, print_table
from normlab.store import Run, Store
from normlab.titles import title

DESCRIPTION = (
    "Test a stored network with the mean and variance that BatchNorm remembers (running), with those of fixed shuffled "
    "batches of 1,000 test images (batch: a diagnostic, not a score), or with those of the population, measured anew "
    "on 10,000 clean training images (reestimated). Without --bn, with all three. A table says for each block how far "
    "the remembered statistics lie from the re-estimated ones. The run itself is not changed."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("run_id", metavar="RUN", help="the run's id, or as much of its beginning as is unique")
    options.add_argument("--bn", choices=list(Statistics), help="which statistics; all three if it is not given")
    options.add_argument(
        "--augmented", action="store_true", help="re-estimate on training images with the study's augmentation"
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    if chosen.augmented and chosen.bn not in (None, Statistics.REESTIMATED):
        raise Mistake(f"--augmented is for re-estimated statistics; with --bn {chosen.bn} leave it away.")
    store = Store.open()
    name = find(store, chosen.run_id).run_id
    found = store.read(name)
    if found is None or not found.snapshot_epochs():
        raise Mistake(f"The run {name} has no stored network: only runs that have ended have one.")
    wanted = [Statistics(chosen.bn)] if chosen.bn else list(Statistics)
    result = _measure(found, wanted, augmented=chosen.augmented)
    if chosen.json:
        print_json(result)
    else:
        _print(found, result)
    return 0


def _measure(found: Run, wanted: list[Statistics], *, augmented: bool) -> dict[str, object]:
    from normlab.training.data import load_splits
    from normlab.training.machine import use_all_cores
    from normlab.training.modes import evaluate_with, mismatches, reestimated
    from normlab.training.recompute import network

    use_all_cores()
    epoch = found.snapshot_epochs()[-1]
    model = network(found, found.snapshot(epoch))
    splits = load_splits(found.config.data)
    scores = {mode: evaluate_with(mode, model, splits, augmented=augmented).score for mode in wanted}
    has_batch_norm = found.config.model.remembers
    lies = mismatches(model, reestimated(model, splits.train, augmented=augmented)) if has_batch_norm else {}
    return {
        "run_id": found.run_id,
        "title": title(found.config),
        "epoch": epoch,
        "has_batch_norm": has_batch_norm,
        "is_augmented": augmented,
        "images": len(splits.test),
        "scores": {mode: {"loss": score.loss, "accuracy": score.accuracy} for mode, score in scores.items()},
        "mismatch": {
            block: {"mean_shift": lie.shift, "std_ratio": lie.ratio} if lie else None for block, lie in lies.items()
        },
    }


def _print(found: Run, result: dict[str, object]) -> None:
    scores, lies = result["scores"], result["mismatch"]
    assert isinstance(scores, dict)
    assert isinstance(lies, dict)
    print(f"{result['title']}\nrun {found.run_id}, after epoch {result['epoch']}, {result['images']:,} test images\n")
    rows = [(mode, percent(score["accuracy"]), f"{score['loss']:.4f}") for mode, score in scores.items()]
    print_table(("statistics", "test accuracy", "test loss"), rows)
    if not lies:
        print("\nThis network has no BatchNorm: its answers do not depend on the statistics.")
        return
    images = "augmented" if result["is_augmented"] else "clean"
    print(f"\nRunning statistics against those of the population ({images} training images), mean over channels:")
    shown = [
        (block, f"{lie['mean_shift']:.3f}", f"{lie['std_ratio']:.3f}") if lie else (block, "constant", "")
        for block, lie in lies.items()
    ]
    print_table(("block", "distance of means (std)", "ratio of std"), shown)
