"""The ledger tells what a step does: lengths, steps, angles, gradients, in closed form."""

import math

import numpy as np
import pytest
import torch

from normlab.choices import L1Step
from normlab.config import ModelConfig, PenaltyConfig, RunConfig
from normlab.record import Account, EpochEnd
from normlab.settings import changed
from normlab.training import ledger, threads
from normlab.training.data import load_splits
from normlab.training.ledger import Ledger, squares
from normlab.training.model import StudyNet
from normlab.training.penalties import Penalty
from normlab.training.train import iter_events


def network() -> StudyNet:
    net = StudyNet(ModelConfig(), seed=1)
    net.gradient.copy_(torch.randn(len(net.numbers), generator=torch.Generator().manual_seed(2)))
    return net


def account(net: StudyNet, penalty: torch.Tensor | None, lr: float, steps: int = 1) -> dict[str, Account]:
    """Of steps of plain gradient descent on the data loss."""
    book = Ledger(net)
    for _ in range(steps):
        book.open()
        net.numbers -= lr * net.gradient
        book.close(net.gradient, penalty)
    return {told.parameter: told for told in book.balance()}


def test_a_step_is_as_long_as_rate_and_gradient_say() -> None:
    net = network()
    before = {name: parameter.detach().clone() for name, parameter in net.named_parameters()}
    found = account(net, None, 0.01)
    assert list(found) == list(before)
    for name, parameter in net.named_parameters():
        w, g, told = before[name].double(), parameter.grad, found[name]
        assert g is not None
        assert told.norm == pytest.approx(float(parameter.detach().double().norm()))
        assert told.data_gradient == pytest.approx(float(g.double().norm()))
        assert told.penalty_gradient == 0
        if not w.any():
            assert told.last_step == told.step == told.turn == 0
            continue
        assert told.last_step == told.step == pytest.approx(0.01 * float(g.norm() / w.norm()), rel=1e-4)
        cosine = torch.cosine_similarity(w.flatten(), parameter.detach().double().flatten(), dim=0)
        assert told.turn == pytest.approx(math.degrees(math.acos(float(cosine))), rel=1e-3)


def test_a_step_along_the_weights_does_not_turn_them() -> None:
    net = network()
    net.gradient.copy_(net.numbers)
    for told in account(net, None, 0.5).values():
        assert told.turn < 1e-4
        assert told.last_step in (0, pytest.approx(0.5, rel=1e-6))
    for told in account(net, None, 0.5).values():
        assert (told.norm, told.turn) == (0, 0)


def test_the_epochs_numbers_are_means_and_the_last_step_is_the_last() -> None:
    net = network()
    book = Ledger(net)
    for scale in (1.0, 3.0):
        book.open()
        book.close(scale * net.gradient, 2 * scale * net.gradient)
    first = book.balance()[0]
    weight = next(net.parameters())
    assert weight.grad is not None
    assert first.data_gradient == pytest.approx(2 * float(weight.grad.norm()), rel=1e-5)
    assert first.penalty_gradient == pytest.approx(4 * float(weight.grad.norm()), rel=1e-5)
    assert first.last_step == first.step == first.turn == 0
    book.open()
    net.numbers *= 0
    book.close(net.gradient, None)
    again = book.balance()[0]
    assert (again.zeros, again.norm, again.last_step, again.step) == (1, 0, 1, 1)


def test_l2s_gradient_is_lambda_times_the_weights_and_a_proximal_step_has_none() -> None:
    net = network()
    pull = Penalty(PenaltyConfig(l2=0.25), net).add_gradients()
    norms = [float(parameter.detach().norm()) for parameter in net.parameters()]
    found = [told.penalty_gradient for told in account(net, pull, 0.0).values()]
    assert found == pytest.approx([0.25 * norm for norm in norms], rel=1e-5)
    assert Penalty(PenaltyConfig(l1=0.25, l1_step=L1Step.PROXIMAL), net).add_gradients() is None


def test_kernels_and_numpy_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    arrays = [random.normal(size=500).astype(np.float32) for _ in range(4)]
    edges = np.array([0, 1, 9, 300, 500])
    fast = squares(*arrays, edges)  # type: ignore[call-arg, misc]
    monkeypatch.setattr(threads, "HAS_KERNELS", False)
    assert ledger.threads is threads
    assert np.allclose(fast, squares(*arrays, edges), rtol=1e-12)  # type: ignore[call-arg, misc]


def test_every_epoch_records_it() -> None:
    config = changed(RunConfig(), {"epochs": 2, "train_size": 64, "l2": 0.01})
    ends = [event for event in iter_events(config, load_splits(config.data)) if isinstance(event, EpochEnd)]
    assert [len(end.ledger) for end in ends] == [8 + 12] * 2
    assert all(told.data_gradient > 0 for told in ends[0].ledger)
    assert all(told.penalty_gradient > 0 for told in ends[1].ledger)
