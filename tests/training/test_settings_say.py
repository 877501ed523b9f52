"""What the page says of a setting's effect is what a training shows."""

import torch

from normlab.choices import DropoutPlace, L1Step
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.training.data import load_splits
from normlab.training.model import StudyNet
from normlab.training.modes import mismatches, reestimated
from normlab.training.train import iter_events


def trained(**settings: object) -> StudyNet:
    """The network after a short training on digits."""
    config = changed(RunConfig(), {"epochs": 4, "train_size": 300, **settings})
    seen: list[StudyNet] = []

    def keep(model: StudyNet, step: int) -> None:
        seen[:] = [model]

    for _ in iter_events(config, load_splits(config.data), keep):
        pass
    return seen[0]


def shifts(model: StudyNet) -> list[float]:
    """How far each block's remembered mean lies from that of the network without dropout, in std."""
    splits = load_splits(changed(RunConfig(), {"train_size": 300}).data)
    return [lie.shift for lie in mismatches(model, reestimated(model, splits.train)).values() if lie is not None]


def test_dropout_after_a_norm_changes_what_the_next_block_remembers() -> None:
    plain, after = (
        shifts(trained(dropout=dropout, dropout_place=DropoutPlace.AFTER_NORM, bn_momentum=0.3))
        for dropout in (0.0, 0.7)
    )
    assert after[0] < 0.05, "nothing is dropped in front of the first norm"
    assert max(after[1:]) > 3 * max(plain[1:])


def test_only_the_proximal_step_of_l1_gives_exact_zeros() -> None:
    shares = {}
    for step in L1Step:
        weights = torch.cat([p.detach().flatten() for p in trained(l1=0.01, l1_step=step).parameters()])
        shares[step] = float((weights == 0).double().mean())
    assert shares[L1Step.SUBGRADIENT] < 0.001
    assert shares[L1Step.PROXIMAL] > 0.05
