"""Made-up results of the study's repetition: runs whose scores are given, and result files of the mechanisms."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import synthetic

from normlab.config import RunConfig
from normlab.record import Ended, EpochEnd, ModeScores, Score, Snapshot, Status
from normlab.store import Store
from normlab.study.plan import mechanisms
from normlab.study.plan.grids import Strengths
from normlab.study.results.measured import EVERY, named_arm
from normlab.study.results.result_files import RESULTS
from normlab.study.results.tuning import FILE

Curve = Callable[[int, int], float]
"""Test accuracy in percent after an epoch, of a seed."""


def keep(store: Store, config: RunConfig, curve: Curve, anew: Curve | None = None, lr: float | None = None) -> None:
    """A finished run with this test accuracy; `anew` is that with re-estimated statistics, which BatchNorm records."""
    with store.begin(config) as attempt:
        for event in synthetic.events(config, history=False):
            match event:
                case EpochEnd():
                    attempt.append(_told(event, config, curve, anew, lr))
                case Snapshot() if event.epoch < config.optim.epochs:
                    pass
                case _:
                    attempt.append(event)
        attempt.commit(Ended(Status.FINISHED))


def _told(end: EpochEnd, config: RunConfig, curve: Curve, anew: Curve | None, lr: float | None) -> EpochEnd:
    score = _score(curve(end.epoch, config.seed))
    modes = end.modes and ModeScores(*[_score((anew or curve)(end.epoch, config.seed))] * 2)
    return replace(end, test=score, modes=modes, lr=end.lr if lr is None else lr)


def _score(percent: float) -> Score:
    share = percent / 100
    return Score(2.6 * (1 - share), share)


def arm(store: Store, part: str, name: str, curve: Curve, anew: Curve | None = None, **more: Any) -> None:
    """All seeds of an arm of a part whose λ is fixed."""
    owner = EVERY[part]
    for seed in owner.seeds:
        config = owner.config(named_arm(name), owner.fixed_strengths()[name], seed)
        keep(store, config, curve, anew, **more)


def level(percent: float, spread: float = 0.05) -> Curve:
    """The same after every epoch, but for the seed."""
    return lambda epoch, seed: percent + spread * (seed % 3 - 1)


def swinging(percent: float, reach: float) -> Curve:
    return lambda epoch, seed: percent + reach * float(np.sin(2.1 * epoch + seed))


def write_lambda(shelf: Path, part: str, strengths: Mapping[str, Strengths]) -> None:
    """λ as the tuning would have chosen it."""
    told = {name: {"chosen": {"l1": one.l1, "l2": one.l2}, "candidates": []} for name, one in strengths.items()}
    (shelf / RESULTS).mkdir(parents=True, exist_ok=True)
    (shelf / RESULTS / FILE).write_text(json.dumps({part: {**told, "made": {}}}), encoding="utf-8")


def write_mechanisms(shelf: Path, deficits: Mapping[str, float], seeds: Iterable[int] = mechanisms.SEEDS) -> None:
    """A result file for each arm with this deficit, which swings with it."""
    folder = shelf / RESULTS / mechanisms.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, deficit in deficits.items():
        for seed in seeds:
            path = folder / f"{name}-seed{seed}.json"
            path.write_text(json.dumps(_result(name, deficit + 0.3 * seed)), encoding="utf-8")


BATCH = 94.0


def _result(name: str, deficit: float) -> dict[str, Any]:
    running = BATCH - deficit
    blocks = {f"block{number}": running + deficit * number / 20 for number in range(1, 7)}
    dissected = {
        "running": running,
        "batch": BATCH,
        "averaged_weights": BATCH + 1,
        "thin_margins": 10.0,
        "reestimated_clean": BATCH + 0.2,
        "reestimated_augmented": BATCH - 0.1,
        "forward_passes": running + 0.95 * deficit,
        "one_block": blocks,
        "low_variance_channels": running + 0.1 * deficit,
        "low_variance_share": 5.0,
    }
    epochs = [
        {"epoch": epoch, "lr": 0.02, "running": running + epoch % 2, "batch": BATCH, "dissected": dissected}
        for epoch in range(1, 4)
    ]
    both = {"running": running, "batch": BATCH}
    summary = {
        f"{images}_{mode}_{kind}": value
        for images in ("train", "test")
        for mode, mean in both.items()
        for kind, value in (("mean", mean), ("swing", (BATCH - mean) / 2), ("lowest", mean - deficit))
    }
    checks = [
        {"step": 25 * at, "train": seen, "test": seen, "angle": 0.03}
        for at in range(1, 10)
        if (seen := {"running": running + deficit / 2 * (-1) ** at, "batch": BATCH + (-1) ** at})
    ]
    return {
        "arm": name,
        "is_quick": False,
        "status": "finished",
        "summary": {**summary, "deficit": deficit, "angle": 0.03},
        "epochs": epochs,
        "checks": checks,
    }
