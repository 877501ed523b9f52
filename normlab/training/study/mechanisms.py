"""Trains an arm of `study.mechanisms` and measures it all the way: the 2×2 of images and statistics every 25 steps, and
after each epoch what replacing parts of the running statistics gives back.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from normlab.choices import Augmentation
from normlab.config import RunConfig
from normlab.record import Ended, EpochEnd, Started
from normlab.settings import to_query
from normlab.store import json_bytes, write_whole
from normlab.study.plan.mechanisms import Measurement
from normlab.training import threads
from normlab.training.data import Splits, load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.modes import batch_norms, evaluate_batches, mismatches, reestimated
from normlab.training.study import dissection
from normlab.training.train import iter_events

EVERY = 25
IMAGES = 2_000
_AVERAGE = 0.99
"""Share of the old mean of the weights that each step keeps: it remembers about 100 steps."""


def measure_into(measurement: Measurement, folder: Path, *, quick: bool) -> None:
    """Measure in this process, with one thread, and write the result's file in one step."""
    threads.use(1)
    write_whole(folder / measurement.file_name, json_bytes(measure(measurement, quick=quick)))


def measure(measurement: Measurement, *, quick: bool) -> dict[str, Any]:
    """Train the arm once; the result is JSON data with everything that was measured, and how it was made.

    Raises:
        DataProblem: if MNIST is missing or damaged.
    """
    config = measurement.variant.config(measurement.seed, quick=quick)
    splits = load_splits(config.data)
    watch = _Watch(config, splits, project=measurement.variant.project)
    began, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    epochs: list[dict[str, Any]] = []
    started, ended = None, None
    for event in iter_events(config, splits, watch.after_step):
        match event:
            case Started():
                started = event
            case EpochEnd():
                epochs.append(_epoch(event, watch))
            case Ended():
                ended = event
    assert started is not None
    assert ended is not None
    return {
        "arm": measurement.variant.name,
        "asks": measurement.variant.asks,
        "is_projected": measurement.variant.project,
        "is_quick": quick,
        "settings": to_query(config),
        "status": ended.status,
        "summary": summary(watch.checks, len(epochs)),
        "epochs": epochs,
        "checks": watch.checks,
        "made": {
            "started": began,
            "seconds": round(time.perf_counter() - clock, 1),
            "machine": started.machine,
            "threads": started.threads,
            "versions": dict(started.versions),
        },
    }


def summary(checks: Sequence[Mapping[str, Any]], epochs: int) -> dict[str, float]:
    """Means and swings, in percent and points, over the checks after the first epoch (all, if there was one only)."""
    later = checks[len(checks) // epochs :] if epochs > 1 else checks
    columns = {f"{images}_{mode}": [c[images][mode] for c in later] for images in ("train", "test") for mode in MODES}
    deficits = [b - r for b, r in zip(columns["test_batch"], columns["test_running"], strict=True)]
    numbers = {f"{name}_mean": statistics.mean(values) for name, values in columns.items()}
    numbers |= {f"{name}_swing": statistics.pstdev(values) for name, values in columns.items()}
    numbers |= {f"{name}_lowest": min(values) for name, values in columns.items()}
    numbers |= {"deficit": statistics.mean(deficits), "angle": statistics.mean(c["angle"] for c in later)}
    return {name: round(value, 4) for name, value in numbers.items()}


MODES = ("running", "batch")


class _Watch:
    """Looks at the network after its steps; with `project` it also sets the convolutions' norms back."""

    def __init__(self, config: RunConfig, splits: Splits, *, project: bool) -> None:
        self.checks: list[dict[str, Any]] = []
        self.splits = splits
        self.test, self.clean = splits.test.first(IMAGES), splits.clean.first(IMAGES)
        self.is_augmented = config.data.augmentation is not Augmentation.NONE
        self.model = StudyNet(config.model, config.seed)
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self._project = project
        self._norms = {name: float(p.norm()) for name, p in self.model.inner_convolutions().items()}
        self._before: dict[str, Tensor] = {}

    @torch.no_grad()
    def after_step(self, model: StudyNet, step: int) -> None:
        self.model = model
        if self._project:
            for name, weight in model.inner_convolutions().items():
                weight.mul_(self._norms[name] / weight.norm())
        for name, parameter in model.named_parameters():
            self.average[name].lerp_(parameter, 1 - _AVERAGE)
        if step % EVERY == 0:
            self.checks.append(self._check(step))
        elif step % EVERY == EVERY - 1:
            self._before = {name: weight.clone() for name, weight in model.inner_convolutions().items()}

    def _check(self, step: int) -> dict[str, Any]:
        """The 2×2 in percent; of the inner convolutions the norms and the mean angle (rad) that the last step turned
        them by; per block how far the running statistics lie from the population's."""
        now = self.model.inner_convolutions()
        angles = [_angle(self._before[name], weight) for name, weight in now.items()]
        found = mismatches(self.model, reestimated(self.model, self.clean)) if self._has_batch_norm else {}
        return {
            "step": step,
            "train": {"running": _share(self._running(self.clean)), "batch": _share(self._batch(self.clean))},
            "test": {"running": _share(self._running(self.test)), "batch": _share(self._batch(self.test))},
            "angle": _rounded(statistics.mean(angles)),
            "norms": [_rounded(float(weight.norm())) for weight in now.values()],
            "mean_shift": [_rounded(lie.shift) if lie else None for lie in found.values()],
            "std_ratio": [_rounded(lie.ratio) if lie else None for lie in found.values()],
        }

    @property
    def _has_batch_norm(self) -> bool:
        return self.model.config.remembers

    def _running(self, split: Any) -> float:
        return evaluate(self.model, split).score.accuracy

    def _batch(self, split: Any) -> float:
        return evaluate_batches(self.model, split).score.accuracy

    def dissected(self) -> dict[str, Any]:
        """On the 2,000 test images, in percent: what each replacement of statistics gives."""
        model, test = self.model, self.test
        average = dissection.averaged(model, self.average, self.splits, test).score.accuracy
        measured: dict[str, Any] = {
            "running": _share(self._running(test)),
            "batch": _share(self._batch(test)),
            "averaged_weights": _share(average),
            "thin_margins": _share(dissection.thin_margins(model, test)),
        }
        if not self._has_batch_norm:
            return measured
        clean, augmented = (reestimated(model, self.splits.train, augmented=augment) for augment in (False, True))
        passed = dissection.after_forward_passes(model, self.splits, test, is_augmented=self.is_augmented)
        blocks = {
            block: _share(dissection.swapped(model, test, dissection.only(block))) for block in batch_norms(model)
        }
        low = dissection.swapped(model, test, dissection.low_variance)
        shares = [float((n.running_var < dissection.LOW_VARIANCE).double().mean()) for n in batch_norms(clean).values()]
        return measured | {
            "reestimated_clean": _share(evaluate(clean, test).score.accuracy),
            "reestimated_augmented": _share(evaluate(augmented, test).score.accuracy),
            "forward_passes": _share(passed),
            "one_block": blocks,
            "low_variance_channels": _share(low),
            "low_variance_share": _share(statistics.mean(shares)),
        }


def _epoch(end: EpochEnd, watch: _Watch) -> dict[str, Any]:
    """Accuracies in percent, on all test images, and the dissection on 2,000 of them."""
    modes = end.modes
    return {
        "epoch": end.epoch,
        "lr": end.lr,
        "data_loss": _rounded(end.train.loss),
        "penalty": _rounded(end.penalty),
        "train_eval": _share(end.train_eval.accuracy),
        "running": _share(end.test.accuracy),
        "batch": _share(modes.batch.accuracy) if modes else None,
        "reestimated": _share(modes.reestimated.accuracy) if modes else None,
        "dissected": watch.dissected(),
    }


def _angle(one: Tensor, other: Tensor) -> float:
    """Between two weights as vectors, in rad; by atan2, which small angles need. 0 where one of them is zero."""
    a, b = one.flatten().double(), other.flatten().double()
    if not a.norm() or not b.norm():
        return 0.0
    a, b = a / a.norm(), b / b.norm()
    return float(2 * torch.atan2((a - b).norm(), (a + b).norm()))


def _share(share: float) -> float:
    return round(100 * share, 2)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
