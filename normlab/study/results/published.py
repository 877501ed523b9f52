"""The study's own curves: every epoch of its three experiments, one seed each, as it published them."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

CREDIT = (
    "*Comparison / interaction study on Batch/Group/Layer Normalizations and L1/L2 losses*, EVA6 group 3, 2021, "
    "[askmuhsin/cnn_regularizations](https://github.com/askmuhsin/cnn_regularizations)"
)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One of the study's three; `arm` is its name in the grids, `file_name` the one that it published it under."""

    arm: str
    name: str
    file_name: str


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment("gn/l1", "GN + L1", "GN__L1"),
    Experiment("ln/l2", "LN + L2", "LN__L2"),
    Experiment("bn/l1+l2", "BN + L1 + L2", "BN__L1__L2"),
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Accuracies in percent, losses in nats; the training loss has the penalty in it.

    Training accuracy is a mean of running means over augmented batches, dropout on.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float


@lru_cache(maxsize=4)
def epochs(experiment: Experiment) -> tuple[Epoch, ...]:
    """What the study published of the experiment."""
    text = (files(__package__) / "published.csv").read_text(encoding="utf-8")
    return tuple(
        Epoch(
            int(row["epoch"]),
            float(row["train_loss"]),
            float(row["train_accuracy"]),
            float(row["test_loss"]),
            float(row["test_accuracy"]),
        )
        for row in csv.DictReader(text.splitlines())
        if row["experiment"] == experiment.file_name
    )
