"""Images as tensors: splits, normalized batches, and the study's augmentation, image by image in one go."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from normlab import images
from normlab.config import ConfigError, DataConfig
from normlab.training import threads

CLEAN_IMAGES = 5_000
"""At most this many training images, the same ones at every epoch, give the training accuracy in eval mode."""

_DEGREES, _FILL = 7.0, 1
_ERASE_SHARE, _ERASE_AREA, _ERASE_RATIO = 0.5, (0.02, 0.2), (0.3, 3.3)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """`images` uint8 (N, 1, 28, 28), `labels` int64 (N,); `normalization` is mean and std of values in [0, 1]."""

    images: Tensor
    labels: Tensor
    normalization: tuple[float, float]

    def __len__(self) -> int:
        return len(self.labels)

    def equals(self, other: "Split") -> bool:
        return (
            torch.equal(self.images, other.images)
            and torch.equal(self.labels, other.labels)
            and self.normalization == other.normalization
        )

    def first(self, count: int) -> "Split":
        return Split(self.images[:count], self.labels[:count], self.normalization)

    def batch(self, index: Tensor | slice, augment: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Normalized images (B, 1, 28, 28) and labels (B,), with the study's augmentation if `augment` is given."""
        x = self.images[index]
        if augment is None:
            return self._normalize(x), self.labels[index]
        return self._augmented(x, torch.rand((len(x), 6), generator=augment)), self.labels[index]

    def _augmented(self, x: Tensor, chance: Tensor) -> Tensor:
        degrees, boxes = (2 * chance[:, 0] - 1) * _DEGREES, rectangles(chance[:, 1:], (x.shape[2], x.shape[3]))
        if not threads.HAS_KERNELS:
            return erase(self._normalize(rotate(x, degrees)), boxes)
        from normlab.training.kernels import turn_and_erase

        angle = torch.deg2rad(degrees.double())
        turns = torch.stack((angle.cos(), angle.sin()), dim=1).numpy()
        y = torch.empty(x.shape)
        table = self._normalize(torch.arange(256)).numpy()
        turn_and_erase(x.squeeze(1).numpy(), _FILL, turns, boxes.numpy(), table, y.squeeze(1).numpy())
        return y

    def _normalize(self, x: Tensor) -> Tensor:
        mean, std = self.normalization
        return x.float().div_(255).sub_(mean).div_(std)


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """What a run trains on and is measured on.

    `clean` are at most 5,000 of the training images, with the labels they are trained on, never augmented; `config`
    says what all of them were loaded for.
    """

    config: DataConfig
    train: Split
    validation: Split | None
    test: Split
    clean: Split

    def require(self, config: DataConfig) -> None:
        """Raise `ConfigError` if a run with this configuration would learn from other images."""
        mine, asked = _decides(self.config), _decides(config)
        for name, value in asked.items():
            if mine[name] != value:
                raise ConfigError(
                    name,
                    f"The images were loaded with {name}={mine[name]}, but the configuration says {value}: use "
                    "load_splits(config.data), or leave the images out.",
                )

    def equals(self, other: "Splits") -> bool:
        """Whether all images, labels and normalizations are the same."""
        return all(
            (mine is None) == (theirs is None) and (mine is None or theirs is None or mine.equals(theirs))
            for mine, theirs in zip(self._parts(), other._parts(), strict=True)
        )

    def _parts(self) -> tuple[Split | None, ...]:
        return self.train, self.validation, self.test, self.clean


def _decides(config: DataConfig) -> dict[str, object]:
    """The settings that decide which images and labels there are."""
    return {
        "dataset": str(config.dataset),
        "train_size": config.training_images,
        "validation": config.validation,
        "label_noise": config.label_noise,
    }


def load_splits(config: DataConfig) -> Splits:
    """The images that `config` names, with its training size and label noise.

    Raises:
        DataProblem: if the data set is not there or damaged.
    """
    found = images.load(config.dataset, validation=config.validation)
    normalization = config.dataset.spec.normalization
    train = _split(images.training_subset(found, config), normalization)
    validation = _split(found.validation, normalization) if found.validation else None
    return Splits(config, train, validation, _split(found.test, normalization), train.first(CLEAN_IMAGES))


def _split(source: images.Images, normalization: tuple[float, float]) -> Split:
    return Split(torch.tensor(source.images).unsqueeze(1), torch.tensor(source.labels).long(), normalization)


def rotate(x: Tensor, degrees: Tensor) -> Tensor:
    """Turn each image of (B, 1, H, W) counterclockwise by its own angle about its center: nearest pixel, fill 1.

    As torchvision's `RandomRotation(7, fill=1)` does on images of bytes.
    """
    b, _, h, w = x.shape
    edge = max(h, w)  # a frame that no corner leaves
    framed = F.pad(x, (edge, edge, edge, edge), value=_FILL)
    angle = torch.deg2rad(degrees.double())
    cos, sin = angle.cos().view(b, 1, 1), angle.sin().view(b, 1, 1)
    down = (torch.arange(h, dtype=torch.float64) + 0.5 - h / 2).view(1, h, 1)
    right = (torch.arange(w, dtype=torch.float64) + 0.5 - w / 2).view(1, 1, w)
    column = (cos * right + (w / 2 + edge) - sin * down).long()
    row = (sin * right + (h / 2 + edge) + cos * down).long()
    source = row.mul_(w + 2 * edge).add_(column)
    return framed.flatten(1).gather(1, source.flatten(1)).view_as(x)


def rectangles(chance: Tensor, size: tuple[int, int]) -> Tensor:
    """Top, left, height and width (B, 4) of a rectangle in every second image of `size`; empty ones in the others.

    Random erasing (Zhong et al. 2017) with the study's p 0.5, area 2-20 %, height over width 0.3-3.3. `chance` (B, 5)
    holds uniform numbers: whether, area, ratio, top, left. Every such rectangle fits into 28×28.
    """
    h, w = size
    whether, area, ratio, top, left = chance.unbind(1)
    low, high = _ERASE_AREA
    area = (low + (high - low) * area) * (h * w)
    log_low, log_high = map(math.log, _ERASE_RATIO)
    ratio = torch.exp(log_low + (log_high - log_low) * ratio)
    height, width = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    top, left = (top * (h - height + 1)).floor(), (left * (w - width + 1)).floor()
    found = torch.stack((top, left, height, width), dim=1).long()
    return found * (whether < _ERASE_SHARE).unsqueeze(1)


def erase(x: Tensor, boxes: Tensor) -> Tensor:
    """Set a rectangle of each image of (B, 1, H, W) to 0, in place."""
    _, _, h, w = x.shape
    row, column = torch.arange(h).view(1, h, 1), torch.arange(w).view(1, 1, w)
    top, left, height, width = (value.view(-1, 1, 1) for value in boxes.unbind(1))
    inside = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)
    return x.masked_fill_(inside.unsqueeze(1), 0.0)
