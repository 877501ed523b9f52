"""The fast path is the same network: outputs, gradients, running averages, dropout masks."""

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from itertools import combinations

import pytest
import torch
import torch.nn.functional as F

from normlab.choices import DropoutPlace, Norm, Widths
from normlab.config import ModelConfig
from normlab.training import fused, kernels, threads, workspace
from normlab.training.fused import _helpers, answers
from normlab.training.layers import Dropout
from normlab.training.model import StudyNet
from normlab.training.workspace import KEPT, waiting

NORMS = [norms for count in range(5) for norms in combinations(Norm, count)]
MODELS = [
    *(ModelConfig(norms=norms, dropout=0.3) for norms in NORMS),
    ModelConfig(dropout=0.0),
    ModelConfig(dropout=0.05, dropout_place=DropoutPlace.AFTER_NORM),
    ModelConfig(norms=(), study_exact=True, dropout=0.5, dropout_place=DropoutPlace.AFTER_NORM),
    ModelConfig(norms=(Norm.GN,), widths=Widths.EVEN, groups=4),
    ModelConfig(ghost_batch=4),
    ModelConfig(ghost_batch=5, norms=(Norm.BN, Norm.LN)),
    ModelConfig(ghost_batch=3, bn_momentum=0.5),
]
"""What the fast path covers: every norm and combination of norms, widths, biases or none, dropout at both places."""


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = threads.count()
    threads.use(2)
    yield
    threads.use(before)


def pair(config: ModelConfig, dtype: torch.dtype) -> tuple[StudyNet, StudyNet]:
    fused, plain = StudyNet(config, 3).to(dtype), StudyNet(config, 3).to(dtype)
    random = torch.Generator().manual_seed(5)
    for one, other in zip(fused.parameters(), plain.parameters(), strict=True):
        one.data.add_(torch.randn(one.shape, generator=random), alpha=0.05)
        other.data.copy_(one.data)
    return fused, plain


@pytest.mark.parametrize("config", MODELS)
@pytest.mark.parametrize("images", [1, 10, 13])
def test_the_fast_path_gives_what_the_layers_give(config: ModelConfig, images: int) -> None:
    """Three steps, so that dropout's streams and running averages are followed too; in double precision."""
    fused, plain = pair(config, torch.float64)
    x = torch.randn(images, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(images) % 10
    for _ in range(3):
        outputs = answers(fused, x), plain(x)
        assert torch.allclose(*outputs, atol=1e-9)
        for output in outputs:
            F.nll_loss(output, labels).backward()
    for one, other in zip(fused.parameters(), plain.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.allclose(one.grad, other.grad, atol=1e-9)
    for one, other in zip(fused.buffers(), plain.buffers(), strict=True):
        assert torch.allclose(one, other, atol=1e-12)
    assert torch.allclose(answers(fused.eval(), x), plain.eval()(x), atol=1e-9)


@pytest.mark.parametrize("config", MODELS)
def test_single_precision_is_as_exact_as_torchs(config: ModelConfig) -> None:
    x = torch.randn(40, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    (exact, _), (fused, plain) = pair(config, torch.float64), pair(config, torch.float32)
    gradients = []
    for net, forward in ((exact, exact), (fused, partial(answers, fused)), (plain, plain)):
        F.nll_loss(forward(x.to(net.get_parameter("head.weight").dtype)), torch.arange(40) % 10).backward()
        gradients.append(torch.cat([p.grad.double().flatten() for p in net.parameters() if p.grad is not None]))
    ours, torchs = ((g - gradients[0]).norm() / gradients[0].norm() for g in gradients[1:])
    assert ours < max(2 * torchs, 1e-5)


@pytest.mark.parametrize("config", MODELS)
def test_the_networks_gradient_is_the_slope(config: ModelConfig) -> None:
    """By every parameter, in double precision; each evaluation draws the same mask."""
    net = pair(config, torch.float64)[0]
    x = torch.randn(5, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(2))

    def run(*_: torch.Tensor) -> torch.Tensor:
        for layer in net.layers():
            if isinstance(layer, Dropout):
                layer.generator.manual_seed(1)
        return answers(net, x)

    assert torch.autograd.gradcheck(run, tuple(net.parameters()), fast_mode=True, atol=1e-5)


@pytest.mark.parametrize("images", [1, 2, 3, 40])
def test_what_is_kept_for_the_way_back_is_not_another_batchs(images: int) -> None:
    net = pair(ModelConfig(dropout=0.0), torch.float64)[0]
    x = torch.randn(2, images, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(images) % 10
    alone = torch.autograd.grad(F.nll_loss(answers(net, x[0]), labels), list(net.parameters()))
    first, second = answers(net, x[0]), answers(net, x[1])
    with torch.no_grad():
        answers(net, x[1])
    torch.autograd.grad(F.nll_loss(second, labels), list(net.parameters()))
    mixed = torch.autograd.grad(F.nll_loss(first, labels), list(net.parameters()))
    assert all(torch.equal(one, other) for one, other in zip(alone, mixed, strict=True))


def test_memory_is_kept_for_a_few_batch_sizes_only() -> None:
    net = StudyNet()
    with torch.no_grad():
        for images in range(2, 20):
            answers(net, torch.zeros(images, 1, 28, 28))
    assert 0 < waiting() <= KEPT


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    found = []
    x = torch.randn(20, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    try:
        for count in (1, 2, 3):
            threads.use(count)
            net = StudyNet(ModelConfig(dropout=0.2))
            F.nll_loss(answers(net, x), torch.arange(20) % 10).backward()
            found.append([p.grad for p in net.parameters() if p.grad is not None])
    finally:
        threads.use(1)
    for others in found[1:]:
        assert all(torch.equal(one, other) for one, other in zip(found[0], others, strict=True))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_stay_visible(value: float) -> None:
    for name in ("block1.conv.weight", "block4.conv.weight", "transition.weight", "head.weight"):
        net = StudyNet()
        net.get_parameter(name).data.view(-1)[0] = value
        for mode in (True, False):
            assert not answers(net.train(mode), torch.ones(4, 1, 28, 28)).isfinite().all()


def test_max_pooling_takes_the_first_of_equal_values() -> None:
    """As torch does: with a dark image all places of a window are equal."""
    fused, plain = pair(ModelConfig(norms=(), dropout=0.0), torch.float64)
    x = torch.zeros(2, 1, 28, 28, dtype=torch.float64)
    found = [
        torch.autograd.grad(F.nll_loss(outputs, torch.tensor([3, 5])), list(net.parameters()))
        for net, outputs in ((fused, answers(fused, x)), (plain, plain(x)))
    ]
    assert all(torch.allclose(one, other) for one, other in zip(*found, strict=True))


class Interrupted:
    """Helpers that take their part and, before the first thread begins with its own, Ctrl-C arrives."""

    def __init__(self) -> None:
        self.given: list[Future[None]] = []

    def submit(self, *work: object) -> Future[None]:
        self.given.append(_helpers(1).submit(*work))  # type: ignore[arg-type]
        raise KeyboardInterrupt


@pytest.mark.parametrize("goes_back", [False, True])
def test_an_interrupt_between_two_threads_leaves_none_waiting(
    two_threads: None, monkeypatch: pytest.MonkeyPatch, goes_back: bool
) -> None:
    """In either direction; and the next batch is as if nothing had been."""
    x, labels = torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(1)), torch.arange(8)
    net = pair(ModelConfig(), torch.float32)[0]
    expected = F.nll_loss(answers(net, x), labels)
    expected.backward()
    slope, helpers = net.get_parameter("block1.conv.weight").grad, Interrupted()
    net = pair(ModelConfig(), torch.float32)[0]
    loss = F.nll_loss(answers(net, x), labels) if goes_back else None
    with monkeypatch.context() as patch:
        patch.setattr(fused, "_helpers", lambda count: helpers)
        with pytest.raises(KeyboardInterrupt):
            loss.backward() if loss is not None else answers(net, x)
    assert helpers.given[0].exception(timeout=60) is None
    net = pair(ModelConfig(), torch.float32)[0]
    again = F.nll_loss(answers(net, x), labels)
    again.backward()
    assert torch.equal(again, expected)
    assert slope is not None
    assert torch.equal(slope, net.get_parameter("block1.conv.weight").grad)  # type: ignore[arg-type]


def test_an_interrupt_while_memory_is_lent_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(size: int) -> torch.Tensor:
        raise KeyboardInterrupt

    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    monkeypatch.setattr(workspace, "_memory", interrupted)
    try:
        workspace.Loan(workspace.Kind(ModelConfig(), True, 2, torch.float32, True))
    except KeyboardInterrupt as error:
        error.__traceback__ = None  # it holds what was being made
    gc.collect()
    assert not lost


@pytest.mark.parametrize("thread", [0, 1])
def test_an_error_in_one_thread_is_told_and_ends_the_other(
    two_threads: None, monkeypatch: pytest.MonkeyPatch, thread: int
) -> None:
    whole = kernels.forward

    def forward(number: int, *arguments: object) -> None:
        if number == thread:
            raise MemoryError("no room")
        whole(number, *arguments)

    net = pair(ModelConfig(), torch.float32)[0]
    monkeypatch.setattr(fused.kernels, "forward", forward)
    with pytest.raises(MemoryError, match="no room"):
        answers(net, torch.zeros(8, 1, 28, 28))
