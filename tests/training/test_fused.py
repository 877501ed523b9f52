"""The fast path is the same network: outputs, gradients, running averages, dropout masks."""

from collections.abc import Iterator
from concurrent.futures import Future
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F

from normlab.choices import BlockNumber, DropoutPlace, Norm, Widths
from normlab.config import ModelConfig
from normlab.training import fused, kernels, threads
from normlab.training.fused import _helpers, answers, learn
from normlab.training.kernels import program as op
from normlab.training.layers import Dropout
from normlab.training.model import StudyNet
from normlab.training.workspace import KEPT, waiting

BLOCKS = tuple(BlockNumber)
NORMS = [*(norms for count in range(3) for norms in combinations(Norm, count)), tuple(Norm)]
MODELS = [
    *(ModelConfig(norms=norms, dropout=0.3) for norms in NORMS),
    ModelConfig(dropout=0.0),
    ModelConfig(dropout=0.05, dropout_place=DropoutPlace.AFTER_NORM),
    ModelConfig(norms=(), study_exact=True, dropout=0.5, dropout_place=DropoutPlace.AFTER_NORM),
    ModelConfig(norms=(Norm.GN,), widths=Widths.EVEN, groups=4),
    ModelConfig(ghost_batch=4),
    ModelConfig(ghost_batch=5, norms=(Norm.BN, Norm.LN)),
    ModelConfig(ghost_batch=3, bn_momentum=0.5),
    ModelConfig(norm_blocks=BLOCKS[:5], dropout=0.2),
    ModelConfig(norms=(Norm.BN, Norm.LN), norm_blocks=BLOCKS[1::2], dropout_place=DropoutPlace.AFTER_NORM),
    ModelConfig(norms=(Norm.GN,), norm_blocks=BLOCKS[:1], dropout=0.0),
]
"""What the fast path covers: every norm, any two and all of them, widths, biases or none, dropout at both places."""


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
@pytest.mark.parametrize("images", [1, 13, 40])
def test_the_fast_path_gives_what_the_layers_give(config: ModelConfig, images: int) -> None:
    """Three steps, so that dropout's streams and running averages are followed too; in double precision."""
    fused, plain = pair(config, torch.float64)
    x = torch.randn(images, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(images) % 10
    for _ in range(3):
        output = plain(x)
        assert torch.allclose(learn(fused, x, labels), output, atol=1e-9)
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
    x, labels = torch.randn(40, 1, 28, 28, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 10
    (exact, _), (fused, plain) = pair(config, torch.float64), pair(config, torch.float32)
    F.nll_loss(exact(x.double()), labels).backward()
    F.nll_loss(plain(x), labels).backward()
    learn(fused, x, labels)
    gradients = [
        torch.cat([p.grad.double().flatten() for p in net.parameters() if p.grad is not None])
        for net in (exact, fused, plain)
    ]
    ours, torchs = ((g - gradients[0]).norm() / gradients[0].norm() for g in gradients[1:])
    assert ours < max(2 * torchs, 1e-5)


@pytest.mark.parametrize("config", MODELS)
def test_the_networks_gradient_is_the_slope(config: ModelConfig) -> None:
    """By every parameter, in double precision; each evaluation draws the same mask."""
    net = pair(config, torch.float64)[0]
    random = torch.Generator().manual_seed(2)
    x, labels = torch.randn(5, 1, 28, 28, dtype=torch.float64, generator=random), torch.arange(5)

    def run() -> torch.Tensor:
        net.zero_grad()
        for layer in net.layers():
            if isinstance(layer, Dropout):
                layer.generator.manual_seed(1)
        return F.nll_loss(learn(net, x, labels), labels)

    run()
    slope, step = 0.0, 1e-8
    for parameter in net.parameters():
        direction = torch.randn(parameter.shape, dtype=torch.float64, generator=random)
        assert parameter.grad is not None
        slope += float((parameter.grad * direction).sum())
        parameter.data.add_(direction, alpha=step)
        parameter.direction = direction  # type: ignore[attr-defined]
    above = run()
    for parameter in net.parameters():
        parameter.data.sub_(parameter.direction, alpha=2 * step)  # type: ignore[attr-defined]
    assert float(above - run()) / (2 * step) == pytest.approx(slope, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("images", [1, 2, 3, 40])
def test_a_batch_leaves_nothing_to_the_next_one(images: int) -> None:
    net = pair(ModelConfig(dropout=0.0), torch.float64)[0]
    x = torch.randn(2, images, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(images) % 10
    alone = slopes(net, x[0], labels)
    slopes(net, x[1], labels)
    answers(net, x[1])
    assert torch.equal(slopes(net, x[0], labels), alone)


def slopes(net: StudyNet, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    net.zero_grad()
    learn(net, images, labels)
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def test_memory_is_kept_for_a_few_batch_sizes_only() -> None:
    net = StudyNet()
    for images in range(2, 20):
        answers(net, torch.zeros(images, 1, 28, 28))
    assert 0 < waiting() <= KEPT


@pytest.mark.parametrize("norms", [(), (Norm.BN,), (Norm.LN,), (Norm.BN, Norm.GN)])
def test_the_result_does_not_depend_on_the_number_of_threads(norms: tuple[Norm, ...]) -> None:
    found = []
    x = torch.randn(100, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    try:
        for count in (1, 2, 3):
            threads.use(count)
            found.append(slopes(StudyNet(ModelConfig(norms=norms, dropout=0.2)), x, torch.arange(100) % 10))
    finally:
        threads.use(1)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def interleaved(program: npt.NDArray[np.int64], random: np.random.Generator) -> npt.NDArray[np.int64]:
    """The same instructions as threads might come to do them: between two meetings those of the parts mixed anyhow."""
    rows: list[npt.NDArray[np.int64]] = []
    meetings = np.flatnonzero(program[:, op.OP] == op.WAIT)
    for first, last in zip([0, *meetings], [*meetings, len(program)], strict=True):
        parts = [list(program[first:last][program[first:last, op.PART] == part]) for part in (0, 1)]
        while any(parts):
            rows.append(parts[random.choice([part for part in (0, 1) if parts[part]])].pop(0))
    return np.array(rows)


@pytest.mark.parametrize("norms", [(), (Norm.BN,), (Norm.LN,), (Norm.BN, Norm.LN)])
@pytest.mark.parametrize("is_training", [True, False])
def test_parts_are_not_in_each_others_way(
    norms: tuple[Norm, ...], is_training: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order in which two threads come along, the numbers are the same."""
    x, labels = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(1)), torch.arange(64) % 10
    whole, random = kernels.run, np.random.default_rng(3)

    def found() -> tuple[torch.Tensor, torch.Tensor]:
        net = StudyNet(ModelConfig(norms=norms, dropout=0.2)).train(is_training)
        return answers(net, x), slopes(net, x, labels)

    def run(thread: int, threads: int, counter: object, program: npt.NDArray[np.int64], *rest: object) -> None:
        whole(0, 1, counter, interleaved(program, random), *rest)

    expected = found()
    monkeypatch.setattr(fused.kernels, "run", run)
    for _ in range(10):
        assert all(torch.equal(one, other) for one, other in zip(expected, found(), strict=True))


def test_the_compiler_may_not_reorder_a_sum() -> None:
    """Else a kernel just compiled gives other digits than the same one from the cache, and another version's others."""
    for kernel in (kernels.run, kernels.observe, kernels.add_squares):
        assert not kernel.targetoptions.get("fastmath")  # type: ignore[attr-defined]


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
    x, labels = torch.zeros(2, 1, 28, 28, dtype=torch.float64), torch.tensor([3, 5])
    learn(fused, x, labels)
    F.nll_loss(plain(x), labels).backward()
    for one, other in zip(fused.parameters(), plain.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.allclose(one.grad, other.grad)


class Interrupted:
    """Helpers that take their part and, before the first thread begins with its own, Ctrl-C arrives."""

    def __init__(self) -> None:
        self.given: list[Future[None]] = []

    def submit(self, *work: object) -> Future[None]:
        self.given.append(_helpers(1).submit(*work))  # type: ignore[arg-type]
        raise KeyboardInterrupt


def test_an_interrupt_between_two_threads_leaves_none_waiting(
    two_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next batch is as if nothing had been."""
    x, labels = torch.randn(40, 1, 28, 28, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 10
    expected, helpers = slopes(pair(ModelConfig(), torch.float32)[0], x, labels), Interrupted()
    with monkeypatch.context() as patch:
        patch.setattr(fused, "_helpers", lambda count: helpers)
        with pytest.raises(KeyboardInterrupt):
            learn(pair(ModelConfig(), torch.float32)[0], x, labels)
    assert helpers.given[0].exception(timeout=60) is None
    assert torch.equal(slopes(pair(ModelConfig(), torch.float32)[0], x, labels), expected)


@pytest.mark.parametrize("thread", [0, 1])
def test_an_error_in_one_thread_is_told_and_ends_the_other(
    two_threads: None, monkeypatch: pytest.MonkeyPatch, thread: int
) -> None:
    whole = kernels.run

    def run(number: int, *arguments: object) -> None:
        if number == thread:
            raise MemoryError("no room")
        whole(number, *arguments)

    net = pair(ModelConfig(), torch.float32)[0]
    monkeypatch.setattr(fused.kernels, "run", run)
    with pytest.raises(MemoryError, match="no room"):
        answers(net, torch.zeros(40, 1, 28, 28))
