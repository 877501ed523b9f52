"""The study's training as a good PyTorch engineer writes it in half an hour: the second loop to compare with.

All images lie in memory as bytes; a batch is cut out by a permutation and augmented as a whole, by operations of torch
that are compiled where there is a C++ compiler; SGD is fused, the loss is read once an epoch, and no DataLoader is in
the way. The network is the plain loop's. Knows nothing of the fast path, and is not slowed down on purpose.
"""

import math
import time
from collections.abc import Callable, Iterator
from functools import cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from normlab.config import RunConfig
from normlab.images import Images, load, training_subset
from normlab.training.bench.reference import Epoch, network

_Augment = Callable[[Tensor, Tensor, float, float], Tensor]


def train(config: RunConfig, threads: int, *, channels_last: bool) -> Iterator[Epoch]:
    """The study's recipe with one norm or none, dropout before it, and L1 on all parameters."""
    torch.set_num_threads(threads)
    torch.manual_seed(config.seed)
    source = load(config.data.dataset, validation=config.data.validation)
    images, labels = _tensors(training_subset(source, config.data))
    tests = _tensors(source.test)
    mean, std = config.data.dataset.spec.normalization
    turned_and_erased, _ = augmentation()

    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = network(config.model).to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), config.optim.lr, config.optim.momentum, fused=True)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, min_lr=0.001)
    for _ in range(config.optim.epochs):
        start, total, correct = time.perf_counter(), torch.zeros(()), torch.zeros((), dtype=torch.long)
        model.train()
        for index in torch.randperm(len(images)).split(config.optim.batch_size):
            x, goals = turned_and_erased(images[index], torch.rand(len(index), 6), mean, std), labels[index]
            optimizer.zero_grad()
            output = model(x)
            loss = F.nll_loss(output, goals)
            if config.penalty.l1:
                loss = loss + config.penalty.l1 * sum(p.abs().sum() for p in model.parameters())
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(index)
            correct += (output.argmax(1) == goals).sum()
        test_loss, accuracy = _test(model, *tests, partial(_normalize, mean=mean, std=std))
        schedule.step(test_loss)
        yield Epoch(time.perf_counter() - start, float(total) / len(images), accuracy)


@torch.inference_mode()
def _test(model: nn.Module, images: Tensor, labels: Tensor, prepare: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """Mean loss and accuracy."""
    model.eval()
    output = torch.cat([model(prepare(part)) for part in images.split(1_000)])
    return F.nll_loss(output, labels).item(), (output.argmax(1) == labels).float().mean().item()


def _tensors(source: Images) -> tuple[Tensor, Tensor]:
    """Bytes (N, 1, 28, 28) and labels (N,)."""
    return torch.tensor(source.images).unsqueeze(1), torch.tensor(source.labels).long()


def _normalize(images: Tensor, mean: float, std: float) -> Tensor:
    return (images.float() / 255 - mean) / std


def augment(images: Tensor, chance: Tensor, mean: float, std: float) -> Tensor:
    """Bytes (B, 1, H, W) turned by up to 7 degrees, normalized, and in every second image a rectangle set to 0.

    As torchvision's `RandomRotation(7, fill=1)` and `RandomErasing(0.5, (0.02, 0.2), (0.3, 3.3), 0)`; `chance` (B, 6)
    holds uniform numbers.
    """
    turn, whether, area, ratio, top, left = chance[:, :, None, None].unbind(1)
    height, width = images.shape[2:]
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None, :]

    angle = torch.deg2rad((2 * turn - 1) * 7)
    down, right = rows + 0.5 - height / 2, columns + 0.5 - width / 2
    row = (angle.sin() * right + angle.cos() * down + height / 2).floor().long()
    column = (angle.cos() * right - angle.sin() * down + width / 2).floor().long()
    is_inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    source = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
    pixels = images.flatten(1).gather(1, source.flatten(1)).view(source.shape)
    turned = _normalize(torch.where(is_inside, pixels, 1), mean, std)

    area = (0.02 + 0.18 * area) * (height * width)
    ratio = torch.exp(math.log(0.3) + (math.log(3.3) - math.log(0.3)) * ratio)
    high, wide = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    top, left = (top * (height - high + 1)).floor(), (left * (width - wide + 1)).floor()
    is_erased = (rows >= top) & (rows < top + high) & (columns >= left) & (columns < left + wide) & (whether < 0.5)
    return turned.masked_fill(is_erased, 0.0).unsqueeze(1)


@cache
def augmentation() -> tuple[_Augment, str]:
    """`augment`, compiled by torch where it can be, and a word on that: "compiled", or why it is not."""
    compiled: _Augment = torch.compile(augment, dynamic=True)
    try:
        compiled(torch.zeros(3, 1, 28, 28, dtype=torch.uint8), torch.zeros(3, 6), 0.0, 1.0)
    except RuntimeError as problem:  # no C++ compiler, or one that torch cannot use
        return augment, f"not compiled ({str(problem).strip().splitlines()[0]})"
    return compiled, "compiled"
