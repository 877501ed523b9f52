"""Networks to put under stress: those that ship, and made-up ones whose every number is away from where it starts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import synthetic

from normlab.config import ModelConfig, RunConfig
from normlab.describe import tensor_shapes
from normlab.identity import run_id
from normlab.inference import Weights
from normlab.record import Snapshot
from normlab.settings import changed
from normlab.store import Run, Store

SHELF = Path(__file__).parents[1] / "pretrained"
SHIPPED = Store(Path(__file__).parent / "none", SHELF)


def shipped(**settings: object) -> Run:
    """The run of the default recipe with these settings."""
    run = SHIPPED.read(run_id(changed(RunConfig(), settings)))
    assert run is not None
    return run


def weights(model: ModelConfig, seed: int = 0) -> Weights:
    """Activations of about 1, variances far above ε."""
    random = np.random.default_rng(seed)

    def value(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) == 4:
            return random.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
        return random.uniform(low, high, shape)

    return {name: value(name, shape).astype(np.float32) for name, shape in tensor_shapes(model).items()}


def made_up(model: ModelConfig, seed: int = 0) -> synthetic.MemoryRun:
    """A run on digits with such a network."""
    run = synthetic.run(replace(RunConfig(), model=model))
    epoch = run.snapshot_epochs()[-1]
    snapshot = run.snapshot(epoch)
    own = Snapshot(epoch, weights(model, seed), snapshot.predicted, snapshot.confidence)
    return replace(run, snapshots={epoch: own})
