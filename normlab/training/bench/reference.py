"""The study's training the usual PyTorch way: the first loop to compare with.

torch's modules, torchvision's transforms image by image, a DataLoader, a loss that is read at each step. Knows nothing
of the fast path, and is not slowed down on purpose.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from normlab.choices import Norm
from normlab.config import ModelConfig, RunConfig
from normlab.describe import has_bias
from normlab.images import Images, load, training_subset
from normlab.training.model import norm_layer

Transform = Callable[[Image.Image], Tensor]


@dataclass(frozen=True, slots=True)
class Epoch:
    """`seconds` of training and of the test pass together; the mean training `loss`; `accuracy` on the test images, a
    share of 1."""

    seconds: float
    loss: float
    accuracy: float


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as torchvision's data sets give them."""

    def __init__(self, source: Images, transform: Transform) -> None:
        self._images: npt.NDArray[np.uint8] = source.images
        self._labels = source.labels.tolist()
        self._transform = transform

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


def network(config: ModelConfig) -> nn.Sequential:
    """torch's BatchNorm, another norm, several or none; convolutions have biases where no norm brings an offset."""
    bias = has_bias(config)

    def rescaled(norm: Norm, channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels) if norm.spec.remembers else norm_layer(norm, channels, config)

    def block(inputs: int, outputs: int, padding: int = 0) -> list[nn.Module]:
        conv = nn.Conv2d(inputs, outputs, 3, padding=padding, bias=bias)
        return [conv, nn.ReLU(), nn.Dropout(config.dropout), *(rescaled(norm, outputs) for norm in config.norms)]

    return nn.Sequential(
        *(*block(1, 6), *block(6, 12), nn.Conv2d(12, 7, 1, bias=bias), nn.MaxPool2d(2)),
        *(*block(7, 16), *block(16, 16), *block(16, 18), *block(18, 18, padding=1), nn.AvgPool2d(6)),
        *(nn.Conv2d(18, 10, 1, bias=bias), nn.Flatten(), nn.LogSoftmax(dim=1)),
    )


def train(config: RunConfig, workers: int) -> Iterator[Epoch]:
    """The study's recipe with one norm or none, dropout before it, and L1 on all parameters. `workers` feed each
    DataLoader."""
    torch.manual_seed(config.seed)
    source = load(config.data.dataset, validation=config.data.validation)
    plain = [transforms.ToTensor(), transforms.Normalize(*config.data.dataset.spec.normalization)]
    rotate, erase = transforms.RandomRotation(7, fill=1), transforms.RandomErasing(0.5, (0.02, 0.2), (0.3, 3.3), 0)
    images = Pictures(training_subset(source, config.data), transforms.Compose([rotate, *plain, erase]))
    tests = Pictures(source.test, transforms.Compose(plain))
    loader = DataLoader(images, config.optim.batch_size, shuffle=True, num_workers=workers)
    test_loader = DataLoader(tests, config.optim.batch_size, num_workers=workers)

    model = network(config.model)
    optimizer = torch.optim.SGD(model.parameters(), config.optim.lr, config.optim.momentum)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, min_lr=0.001)
    for _ in range(config.optim.epochs):
        start, total, correct = time.perf_counter(), 0.0, 0
        model.train()
        for x, labels in loader:
            optimizer.zero_grad()
            output = model(x)
            loss = F.nll_loss(output, labels)
            if config.penalty.l1:
                loss = loss + config.penalty.l1 * sum(p.abs().sum() for p in model.parameters())
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            correct += int((output.argmax(1) == labels).sum().item())
        test_loss, accuracy = test(model, test_loader)
        schedule.step(test_loss)
        yield Epoch(time.perf_counter() - start, total / len(images), accuracy)


@torch.no_grad()
def test(model: nn.Module, loader: "DataLoader[tuple[Tensor, int]]") -> tuple[float, float]:
    """Mean loss and accuracy."""
    model.eval()
    loss, correct, images = 0.0, 0, 0
    for x, labels in loader:
        output = model(x)
        loss += F.nll_loss(output, labels, reduction="sum").item()
        correct += int((output.argmax(1) == labels).sum().item())
        images += len(labels)
    return loss / images, correct / images
