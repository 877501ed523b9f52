"""What of a network learns, how fast, from which start, and what keeps its length: each setting by its law."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from normlab.choices import L1Step, Norm, Optimizer, Schedule, Trainable
from normlab.config import ModelConfig, OptimConfig, RunConfig
from normlab.describe import norm_parameters
from normlab.record import EpochEnd, StepEnd
from normlab.settings import changed
from normlab.training import answers
from normlab.training.data import load_splits
from normlab.training.freedom import rates
from normlab.training.model import StudyNet
from normlab.training.optimizers import make_optimizer
from normlab.training.schedule import LearningRate
from normlab.training.train import iter_events

Watch = Callable[[StudyNet, int], None]
NORMS = [(norm,) for norm in Norm]


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), {"train_size": 160, "epochs": 1, "dropout": 0.0, **settings})


def trained(run: RunConfig, watch: Watch | None = None) -> tuple[StudyNet, list[StepEnd], EpochEnd]:
    """The network at its end, and what the training told."""
    seen: list[StudyNet] = []

    def after_step(model: StudyNet, step: int) -> None:
        seen[:] = [model]
        if watch:
            watch(model, step)

    events = list(iter_events(run, load_splits(run.data), after_step))
    steps = [event for event in events if isinstance(event, StepEnd)]
    return seen[0], steps, next(event for event in reversed(events) if isinstance(event, EpochEnd))


def after_one_step(run: RunConfig) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}

    def watch(model: StudyNet, step: int) -> None:
        if step == 1:
            found.update({name: p.detach().clone() for name, p in model.named_parameters()})

    trained(run, watch)
    return found


def batch() -> torch.Tensor:
    return load_splits(config().data).train.first(32).batch(slice(None))[0]


@pytest.mark.parametrize("norms", [(), (Norm.BN,)])
def test_the_start_is_multiplied_but_for_the_head(norms: tuple[Norm, ...]) -> None:
    plain, scaled = (StudyNet(ModelConfig(norms=norms, init_scale=s), 4) for s in (1.0, 10.0))
    inner = plain.inner_convolutions()
    assert len(inner) == 7
    for name, parameter in plain.named_parameters():
        assert torch.equal(scaled.get_parameter(name), (10 if name in inner else 1) * parameter)


@pytest.mark.parametrize("norms", NORMS)
def test_under_a_norm_a_longer_start_is_the_same_function(norms: tuple[Norm, ...]) -> None:
    """Up to ε, which long weights make small: so both are far above it."""
    nets = [StudyNet(ModelConfig(norms=norms, init_scale=s, dropout=0.0), 4).double() for s in (10.0, 100.0)]
    first, second = (net(batch().double()) for net in nets)
    torch.testing.assert_close(first, second, atol=2e-3, rtol=1e-3)


def test_without_a_norm_it_is_another_function() -> None:
    first, second = (StudyNet(ModelConfig(norms=(), init_scale=s), 4)(batch()) for s in (1.0, 2.0))
    assert (first - second).abs().max() > 1


def test_convolutions_take_steps_of_their_own_length() -> None:
    start = StudyNet(config().model, 0)
    plain, fast = (after_one_step(config(conv_lr_scale=s)) for s in (1.0, 8.0))
    for name, before in start.named_parameters():
        step = plain[name] - before
        expected = 8 * step if name in start.inner_convolutions() else step
        torch.testing.assert_close(fast[name] - before, expected, atol=3e-7, rtol=1e-4)


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize("optimizer", Optimizer)
def test_every_schedule_keeps_the_ratio_of_the_rates(schedule: Schedule, optimizer: Optimizer) -> None:
    optim = OptimConfig(optimizer=optimizer, schedule=schedule, lr=0.004, conv_lr_scale=5.0)
    made = make_optimizer(optim, StudyNet())
    rate = LearningRate(optim, made, steps=20)
    score = trained(config())[2].test
    for _ in range(18):
        made.step()
        rate.after_step()
        rate.after_epoch(score, score)
        first, second = (group["lr"] for group in made.param_groups)
        assert (rate.now, second) == (first, pytest.approx(5 * first))


def test_ten_times_the_length_and_a_hundred_times_the_rate_is_the_same_training() -> None:
    """Gradients are ten times smaller, and the steps that turn the weights as far ten times larger."""
    usual = config(schedule="constant", lr=0.01, epochs=3)
    same = changed(usual, {"init_scale": 10.0, "conv_lr_scale": 100.0})
    slow = changed(usual, {"init_scale": 10.0})
    losses = [[step.data_loss for step in trained(run)[1]] for run in (usual, same, slow)]
    assert losses[1] == pytest.approx(losses[0], abs=0.02)
    assert losses[2][-1] > losses[0][-1] + 0.1


LEARNS = {
    Trainable.NORM: lambda name: ".bn." in name,
    Trainable.HEAD: lambda name: name.startswith("head."),
    Trainable.RANDOM: lambda name: ".conv." in name,
}
HOW: dict[str, dict[str, Any]] = {
    "momentum and L2": {"l2": 0.01},
    "Adam and L1": {"optimizer": "adam", "lr": 0.003, "l1": 0.001},
    "proximal L1": {"l1": 0.01, "l1_step": "proximal"},
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("trainable", LEARNS)
def test_what_does_not_learn_changes_in_no_bit(trainable: Trainable, how: dict[str, Any]) -> None:
    run = config(trainable=trainable, **how)
    start, end = StudyNet(run.model, run.seed), trained(run)[0]
    moved = start.numbers != end.numbers
    free = rates(run.optim, start, run.seed) > 0
    assert not (moved & ~free).any()
    assert moved[free].double().mean() > (0.4 if run.penalty.l1_step is L1Step.PROXIMAL else 0.9)
    for (name, _), part in zip(start.named_parameters(), start.views(free), strict=True):
        assert bool(part.any()) == LEARNS[trainable](name)


@pytest.mark.parametrize("norms", [*NORMS, (Norm.BN, Norm.RMS)])
def test_as_many_random_weights_learn_as_the_norms_have(norms: tuple[Norm, ...]) -> None:
    net = StudyNet(ModelConfig(norms=norms), 0)
    counts = {}
    for trainable in (Trainable.NORM, Trainable.RANDOM):
        found = rates(OptimConfig(trainable=trainable), net, 0)
        parts = zip(net.named_parameters(), net.views(found), strict=True)
        numbers = {name: int(part.sum()) for (name, _), part in parts}
        counts[trainable] = {
            block: sum(n for name, n in numbers.items() if name.startswith(f"{block}."))
            for block in norm_parameters(net.config)
        }
    assert counts[Trainable.NORM] == counts[Trainable.RANDOM] == norm_parameters(net.config)
    one, other = (rates(OptimConfig(trainable=Trainable.RANDOM), net, seed) for seed in (0, 1))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("factor", [1.0, 0.4])
def test_held_lengths_are_those_of_the_start_after_every_step(factor: float) -> None:
    run = config(weight_norms=factor, l2=0.01, lr=0.1)
    start = StudyNet(run.model, run.seed).inner_convolutions()
    lengths = {name: factor * float(weight.double().norm()) for name, weight in start.items()}
    steps = []

    def watch(model: StudyNet, step: int) -> None:
        steps.append(step)
        for name, weight in model.inner_convolutions().items():
            assert float(weight.double().norm()) == pytest.approx(lengths[name], rel=1e-6)

    end = trained(run, watch)[0]
    assert steps == [1, 2, 3, 4, 5]
    for name, weight in end.inner_convolutions().items():
        assert torch.cosine_similarity(weight.flatten(), start[name].flatten(), dim=0) < 0.9999
    first, last = (net.get_parameter("head.weight").detach().norm() for net in (StudyNet(run.model, run.seed), end))
    assert float(last) != pytest.approx(float(first), rel=1e-4)


def test_defaults_are_as_before() -> None:
    net = StudyNet()
    assert torch.equal(rates(OptimConfig(), net, 0), torch.ones_like(net.numbers))
    (group,) = make_optimizer(OptimConfig(), net).param_groups
    assert [p.data_ptr() for p in group["params"]] == [net.numbers.data_ptr()]


BOTH_WAYS: dict[str, dict[str, Any]] = {
    "norms in two blocks": {"norm_blocks": ("2", "5"), "dropout": 0.2},
    "another start and rate": {"init_scale": 3.0, "conv_lr_scale": 5.0},
    "only γ and β": {"trainable": "norm", "lr": 0.3},
    "random weights": {"trainable": "random", "lr": 0.3},
    "held": {"weight_norms": 0.5, "l2": 0.01},
}


@pytest.mark.parametrize("settings", BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_the_kernels_train_as_torch_does(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    fast = trained(config(**settings))[1]
    monkeypatch.setattr(answers, "HAS_KERNELS", False)
    plain = trained(config(**settings))[1]
    assert [step.data_loss for step in fast] == pytest.approx([step.data_loss for step in plain], rel=1e-3)
