"""L1 and L2: value, gradient, scope, the proximal step; L2 is SGD's weight decay."""

import pytest
import torch

from normlab.choices import L1Step, Norm, Scope
from normlab.config import ModelConfig, PenaltyConfig
from normlab.training.model import StudyNet
from normlab.training.penalties import Penalty, mask

SCOPES = list(Scope)


def network(norms: tuple[Norm, ...] = (Norm.BN, Norm.GN)) -> StudyNet:
    net = StudyNet(ModelConfig(norms=norms, dropout=0.0), seed=1).double()
    random = torch.Generator().manual_seed(2)
    for parameter in net.parameters():
        parameter.data.add_(torch.randn(parameter.shape, dtype=torch.float64, generator=random), alpha=0.1)
    return net


def loss(net: StudyNet) -> torch.Tensor:
    images = torch.randn(4, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    return -net(images)[:, 3].mean()


def in_scope(net: StudyNet, scope: Scope) -> list[torch.Tensor]:
    def chosen(name: str) -> bool:
        gamma = name.split(".")[-2] in set(Norm) and name.endswith("weight")
        last = name.startswith("head") or (name.startswith("block6") and name != "block6.conv.weight")
        weight = name.endswith("weight") and not gamma
        return {Scope.ALL: True, Scope.GAMMA: gamma, Scope.WEIGHTS: weight, Scope.INNER: not last}[scope]

    return [parameter for name, parameter in net.named_parameters() if chosen(name)]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("norms", [(), (Norm.BN,), (Norm.BN, Norm.LN, Norm.GN)])
def test_a_scope_covers_what_its_name_says(scope: Scope, norms: tuple[Norm, ...]) -> None:
    net = network(norms)
    inside = {id(p) for p in in_scope(net, scope)}
    expected = torch.cat([torch.full((p.numel(),), float(id(p) in inside)) for p in net.parameters()])
    assert torch.equal(mask(net, scope).float(), expected)
    assert (
        len(inside)
        == {
            Scope.ALL: len(list(net.parameters())),
            Scope.WEIGHTS: 8,
            Scope.GAMMA: 6 * len(norms),
            Scope.INNER: 7 + 10 * len(norms) + (6 if not norms else 0),
        }[scope]
    )


@pytest.mark.parametrize("l1_scope", SCOPES)
@pytest.mark.parametrize("l2_scope", SCOPES)
def test_value_and_gradient_are_those_of_the_formula(l1_scope: Scope, l2_scope: Scope) -> None:
    l1, l2 = 0.013, 0.21
    net = network()
    penalty = Penalty(PenaltyConfig(l1=l1, l2=l2, l1_scope=l1_scope, l2_scope=l2_scope), net)
    absolute = torch.stack([p.abs().sum() for p in in_scope(net, l1_scope)]).sum()
    squares = torch.stack([p.square().sum() for p in in_scope(net, l2_scope)]).sum()
    formula = l1 * absolute + l2 / 2 * squares
    assert penalty.value() == pytest.approx(float(formula.detach()), rel=1e-12)
    expected = torch.autograd.grad(loss(net) + formula, list(net.parameters()))
    loss(net).backward()
    penalty.add_gradients()
    for parameter, gradient in zip(net.parameters(), expected, strict=True):
        assert parameter.grad is not None
        assert torch.allclose(parameter.grad, gradient, atol=1e-12)


def test_without_lambda_nothing_is_penalized() -> None:
    net = network()
    penalty = Penalty(PenaltyConfig(), net)
    before = [p.clone() for p in net.parameters()]
    loss(net).backward()
    gradients = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    penalty.add_gradients()
    penalty.shrink(1.0, 0.9)
    assert penalty.value() == 0
    assert all(torch.equal(p.grad, g) for p, g in zip(net.parameters(), gradients, strict=True))  # type: ignore[arg-type]
    assert all(torch.equal(p, b) for p, b in zip(net.parameters(), before, strict=True))


def test_l2_is_sgds_weight_decay() -> None:
    l2 = 0.05
    ours, theirs = network(), network()
    penalty = Penalty(PenaltyConfig(l2=l2), ours)
    steps = torch.optim.SGD(ours.parameters(), lr=0.1, momentum=0.9)
    decay = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9, weight_decay=l2)
    start = ours.get_parameter("head.weight").clone()
    for _ in range(5):
        for net, optimizer in ((ours, steps), (theirs, decay)):
            net.zero_grad()
            loss(net).backward()
            if net is ours:
                penalty.add_gradients()
            optimizer.step()
            penalty.shrink(0.1, 0.9)
    assert not torch.allclose(ours.get_parameter("head.weight"), start)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-12)


def test_the_proximal_step_is_the_soft_threshold_in_closed_form() -> None:
    net, l1, lr, momentum = network(), 0.02, 0.3, 0.9
    penalty = Penalty(PenaltyConfig(l1=l1, l1_scope=Scope.WEIGHTS, l1_step=L1Step.PROXIMAL), net)
    before = [p.detach().clone() for p in net.parameters()]
    loss(net).backward()
    gradients = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    penalty.add_gradients()
    assert all(torch.equal(p.grad, g) for p, g in zip(net.parameters(), gradients, strict=True))  # type: ignore[arg-type]
    penalty.shrink(lr, momentum)
    threshold = lr * l1 / (1 - momentum)
    assert threshold == pytest.approx(0.06)
    for old, new in zip(before, net.parameters(), strict=True):
        expected = old.sign() * (old.abs() - threshold).clamp(min=0) if old.dim() == 4 else old
        assert torch.allclose(new, expected, atol=1e-15)
    weight = net.get_parameter("block4.conv.weight")
    assert 0.1 < (weight == 0).double().mean() < 0.9


def test_subgradient_steps_hover_around_zero_and_proximal_ones_rest_on_it() -> None:
    """A weight that only the penalty pulls on."""
    for step, rests in ((L1Step.SUBGRADIENT, False), (L1Step.PROXIMAL, True)):
        net = network()
        penalty = Penalty(PenaltyConfig(l1=0.1, l1_step=step), net)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(300):
            net.zero_grad()
            penalty.add_gradients()
            optimizer.step()
            penalty.shrink(0.1, 0.0)
        values = torch.cat([p.detach().flatten() for p in net.parameters()])
        assert values.abs().max() <= 0.01 + 1e-12
        assert bool((values == 0).all()) is rests
