"""What a trained network answers under a stress."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab import inference
from normlab.choices import Statistics
from normlab.config import ModelConfig
from normlab.datasets import CLASSES
from normlab.errors import BadInput
from normlab.images import Bytes, Indices
from normlab.inference import Mode, Weights
from normlab.record import Floats, Score
from normlab.ruler import Measured, measured
from normlab.stresses.batches import passes
from normlab.stresses.sample import Sample
from normlab.stresses.settings import Composition, Stress, changed
from normlab.stresses.trial import Network, Trial

Forward = Callable[[ModelConfig, Weights, Floats, Mode], Floats]
"""What computes log-probabilities (B, 10): `inference.forward`, or another that agrees with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the network of a run answered.

    `images` (N,) are numbers in `sample`, in its order; of one image among others, it comes first. `probabilities`
    (N, 10).
    """

    run_id: str
    epoch: int
    stress: Stress
    sample: Sample
    images: Indices
    probabilities: Floats

    @property
    def labels(self) -> Bytes:
        labels: Bytes = self.sample.labels[self.images]
        return labels

    @property
    def answers(self) -> Bytes:
        """The class with the largest probability, for each image."""
        answers: Bytes = self.probabilities.argmax(axis=1).astype(np.uint8)
        return answers

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        return np.equal(self.answers, self.labels)

    @property
    def score(self) -> Score:
        """Mean negative log-likelihood in nats (of at least 10⁻³⁸ each), and accuracy as a share of 1."""
        given = self.probabilities[np.arange(len(self.images)), self.labels]
        floor = np.finfo(np.float32).tiny
        return Score(float(-np.log(np.maximum(given, floor)).mean()), float(self.is_right.mean()))

    def on(self, images: Indices) -> "Outcome":
        """The same for some of its images, in their order. Raises `ValueError` if one was not answered."""
        rows = np.full(len(self.sample), -1)
        rows[self.images] = np.arange(len(self.images))
        chosen = rows[images]
        if (chosen < 0).any():
            raise ValueError("some of these images were not answered")
        return replace(self, images=images, probabilities=self.probabilities[chosen])

    def changed_from(self, other: "Outcome") -> int:
        """How many of its images have another answer there. Raises `ValueError` if one has none there."""
        return int(np.not_equal(self.answers, other.on(self.images).answers).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """What the first norm of a block measures a batch with: `images` (B,) are numbers in the sample, the single image
    first."""

    images: Indices
    measured: Measured


def stress(run: Network, epoch: int | None = None, **settings: Any) -> Outcome:
    """Put the network of a run, after its last epoch or another that is kept, under the stress that `settings` name.

    For example `stress(run, contrast=0.3, statistics="batch").score`; without settings it is the network as it was
    trained. `Stress` says what there is.

    Raises:
        ConfigError: for a setting that is unknown or refused, or that the network has no use for.
        BadInput: if there is no such network, or its numbers are not finite.
        DataProblem: if the data set is missing or damaged.
        Damage: if the run's weights are not what they were.
    """
    chosen = changed(Stress(), settings)
    chosen.require(run.config.model)
    return apply(run, chosen, epoch)


@np.errstate(over="ignore", invalid="ignore")
def apply(run: Network, stress: Stress, epoch: int | None = None, *, forward: Forward = inference.forward) -> Outcome:
    """The same with a `Stress`, of which only what is effective for the network is asked for. Raises the same."""
    trial = Trial.of(run, stress, epoch)
    found = np.empty((len(trial.sample), CLASSES), np.float32)
    for images, count in passes(trial.stress, trial.batches, inference.CHUNK):
        answers = forward(trial.model, trial.weights, trial.inputs[images], trial.mode(images, count))
        found[images] = np.exp(answers)
    is_single = trial.stress.composition is Composition.AMONG
    answered = trial.batches[0] if is_single else np.arange(len(trial.sample))
    if not np.isfinite(found[answered]).all():
        raise BadInput(f"The network of the run {run.run_id} gives no answer: its numbers grow beyond all bounds.")
    return Outcome(run.run_id, trial.epoch, trial.stress, trial.sample, answered, found[answered])


@np.errstate(over="ignore", invalid="ignore")
def ruler(run: Network, stress: Stress, block: str, epoch: int | None = None) -> Ruler:
    """What the first norm of a block ("block6") measures the first batch with: that of the single image, where the
    stress puts one among others.

    Raises:
        BadInput: if there is no such network, or no norm in the block.
    """
    trial = Trial.of(run, stress, epoch)
    images = trial.batches[0]
    mode = trial.mode(images, int(trial.stress.statistics is Statistics.BATCH))
    found = measured(inference.outputs(trial.model, trial.weights, trial.inputs[images], mode), block)
    if found is None:
        raise BadInput(f"{block} of the run {run.run_id} has no norm, so there is no ruler.")
    return Ruler(images, found)
