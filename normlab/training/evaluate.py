"""What a network says about a set of images."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from normlab.record import Floats, Score
from normlab.training.answers import answers
from normlab.training.data import Split

_BATCH = 512


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """`predicted` (N,) are classes, `confidence` (N,) the probabilities the network gives them."""

    score: Score
    predicted: npt.NDArray[np.uint8]
    confidence: Floats


@torch.no_grad()
def evaluate(model: nn.Module, split: Split) -> Evaluation:
    """Score and predictions in eval mode: dropout off, BatchNorm with its running statistics.

    The model is left in the mode it came in. Where the network's output is not finite, neither is the score's loss.
    """
    training = model.training
    model.eval()
    try:
        parts = [answers(model, split.batch(slice(at, at + _BATCH))[0]) for at in range(0, len(split), _BATCH)]
    finally:
        model.train(training)
    return judge(torch.cat(parts), split)


def judge(log_probabilities: Tensor, split: Split) -> Evaluation:
    """Score and predictions that the log-probabilities (N, 10) of a split's images come to."""
    highest, predicted = log_probabilities.max(dim=1)
    loss = -log_probabilities.gather(1, split.labels.unsqueeze(1)).double().mean()
    accuracy = (predicted == split.labels).double().mean()
    return Evaluation(
        Score(float(loss), float(accuracy)), predicted.to(torch.uint8).numpy(), highest.exp().float().numpy()
    )
