"""Where a training step's time goes: its kernels, each kind by itself, and what Python does between them."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from numba import njit

from normlab.config import RunConfig
from normlab.record import StepEnd
from normlab.training import kernels, threads, train
from normlab.training.answers import learn
from normlab.training.bench.report import Part, Step
from normlab.training.bench.shares import Function, clocks
from normlab.training.data import Split, load_splits
from normlab.training.kernels import lanes
from normlab.training.kernels import program as op
from normlab.training.ledger import Ledger
from normlab.training.model import StudyNet
from normlab.training.optimizers import SGD
from normlab.training.penalties import Penalty
from normlab.training.schedule import LearningRate

_FORWARD, _TO_IMAGES, _TO_WEIGHTS = "convolutions forward, ReLU, dropout", "gradient of images", "gradient of weights"
KERNELS: Mapping[str, tuple[int, ...]] = {
    _FORWARD: (op.CONVOLVE,),
    _TO_IMAGES: (op.INPUT_BACK,),
    _TO_WEIGHTS: (op.WEIGHT_BACK,),
    "norms, and the way back through ReLU": (op.NORMALIZE, op.SCALE, op.SCALE_BACK, op.NORMALIZE_BACK, op.RELU_BACK),
    "1×1 convolutions, pooling, loss": (op.MIX, op.MIX_BACK, op.CLASSIFY, op.HEAD_BACK),
    "images taken, weights turned, gradients added": (op.TAKE, op.TURN, op.CLEAR, op.SUM),
}
_RUN: Function = (kernels, "run")
_AROUND: Mapping[str, tuple[Function, ...]] = {
    "images: gathered, augmented, normalized": ((Split, "batch"),),
    "ledger": ((Ledger, "open"), (Ledger, "close")),
    "optimizer, penalty, schedule": (
        (SGD, "step"),
        *((Penalty, name) for name in ("value", "add_gradients", "shrink")),
        (LearningRate, "after_step"),
    ),
}
_PROGRAM = 3
"""Which of the arguments of `kernels.run` says what to do."""
_ROUNDS, _REPEATS = 5, 20


def step(name: str, config: RunConfig) -> Step:
    """In one thread: medians over several first epochs, without their ends. What no clock sees is Python's."""
    threads.use(1)
    rounds = [_epoch(config) for _ in range(1 + _ROUNDS)][1:]  # the first one loads what is compiled
    whole, kernel, *around = (statistics.median(column) for column in zip(*rounds, strict=True))
    parts = [
        *_kernels(config),
        *(Part(part, milliseconds) for part, milliseconds in zip(_AROUND, around, strict=True)),
        Part("Python, between all these", whole - kernel - sum(around)),
    ]
    return Step(name, whole, kernel, parts)


def _epoch(config: RunConfig) -> tuple[float, ...]:
    """Milliseconds of a step, of the kernels' call in it, and of each part around that."""
    count = config.steps // config.optim.epochs
    events = train.iter_events(config)
    next(events), next(events)  # what happens before the first step
    with clocks([_RUN, *(function for part in _AROUND.values() for function in part)]) as seconds:
        last = next(event for event in events if isinstance(event, StepEnd) and event.step == count)
    around = (sum(seconds[function] for function in part) for part in _AROUND.values())
    return tuple(1000 * taken / count for taken in (last.seconds, seconds[_RUN], *around))


def _kernels(config: RunConfig) -> list[Part]:
    """Each kind of kernel by itself, on what a whole pass over a batch has left in memory."""
    splits, network = load_splits(config.data), StudyNet(config.model, config.seed)
    images, labels = splits.train.batch(slice(config.optim.batch_size))
    with _heard() as calls:
        learn(network, images, labels)
    (arguments,) = calls
    program = arguments[_PROGRAM]
    found = []
    for name, kinds in KERNELS.items():
        steps = program[np.isin(program[:, op.OP], kinds)]
        seconds = _median(lambda: kernels.run(*arguments[:_PROGRAM], steps, *arguments[_PROGRAM + 1 :]))  # noqa: B023
        flops = _flops(steps) if set(kinds) <= {op.CONVOLVE, op.INPUT_BACK, op.WEIGHT_BACK} else 0.0
        found.append(Part(name, 1000 * seconds, flops / seconds / 1e9))
    return found


def _flops(steps: npt.NDArray[np.int64]) -> float:
    """Of 3×3 convolutions, for whole tiles of images."""
    products = steps[:, op.INPUTS] * steps[:, op.OUTPUTS] * steps[:, op.SIZE] ** 2 * kernels.LANES
    return float(2 * 9 * products.sum())


@contextmanager
def _heard() -> Iterator[list[tuple[Any, ...]]]:
    """The arguments of each call of `kernels.run`, which is carried out as usual."""
    run, calls = kernels.run, []

    def hear(*arguments: Any) -> None:
        calls.append(arguments)
        run(*arguments)

    kernels.run = hear
    try:
        yield calls
    finally:
        kernels.run = run


def matrix_gflops(size: int = 1_024) -> float:
    """What a product of two large matrices reaches on one core."""
    threads.use(1)
    one, other = torch.rand(size, size), torch.rand(size, size)
    return 2 * size**3 / _median(lambda: one @ other) / 1e9


def peak_gflops(rounds: int = 1_000_000) -> float:
    """What one core reaches that does nothing but multiply and add, with what it holds in its registers."""
    values = np.full((3, kernels.LANES), 0.5, dtype=np.float32)
    return 2 * _CHAINS * kernels.LANES * rounds / _median(lambda: _multiply_add(values, rounds)) / 1e9


_CHAINS = 8
"""Sums that wait for nobody: more than a core can begin before the first one is there."""


@njit
def _multiply_add(values, rounds):  # type: ignore[no-untyped-def]
    """values (3, LANES): what is added, what is multiplied by, and what comes of it."""
    more, factor = lanes.load(values, (0, 0)), lanes.load(values, (1, 0))
    a = b = c = d = e = f = g = h = more
    for _ in range(rounds):
        a, b = lanes.multiply_add(a, factor, more), lanes.multiply_add(b, factor, more)
        c, d = lanes.multiply_add(c, factor, more), lanes.multiply_add(d, factor, more)
        e, f = lanes.multiply_add(e, factor, more), lanes.multiply_add(f, factor, more)
        g, h = lanes.multiply_add(g, factor, more), lanes.multiply_add(h, factor, more)
    lanes.store(
        lanes.add(lanes.add(lanes.add(a, b), lanes.add(c, d)), lanes.add(lanes.add(e, f), lanes.add(g, h))),
        values,
        (2, 0),
    )


def _median(call: Callable[[], object]) -> float:
    """Seconds."""
    taken = []
    for _ in range(1 + _REPEATS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])
