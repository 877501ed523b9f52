"""A block's norms for the kernels: what shares a mean and a variance, and what BatchNorm remembers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from normlab.training import kernels
from normlab.training.layers import BatchNorm

Doubles = npt.NDArray[np.float64]
_EPSILON = 1e-5


class Chain:
    """The norms of a block, in order, on one batch: their scale and shift, and the way back through them."""

    def __init__(self, norms: Sequence[nn.Module], sums: Tensor, squares: Tensor, places: int) -> None:
        """`sums` and `squares` (C, B) are Σx and Σx² over the `places` of a channel of an image."""
        channels, images = sums.shape
        self._norms, self._places = norms, places
        self._shares, self._counts = _shares(tuple(_kind(norm) for norm in norms), channels, images, places)
        self._fixed = np.array([_is_fixed(norm) for norm in norms], dtype=bool)
        self._mean, self._var = np.zeros_like(self._counts), np.zeros_like(self._counts)
        for k, norm in enumerate(norms):
            if isinstance(norm, BatchNorm) and not norm.training:
                self._mean[k, :channels], self._var[k, :channels] = norm.running_mean, norm.running_var
        self._gamma, self._beta = (_doubles([getattr(n, name) for n in norms], channels) for name in ("weight", "bias"))
        self._before = np.empty((len(norms) + 1, 4, channels, images))
        self._before[0, 0], self._before[0, 1] = 1, 0
        self._before[0, 2], self._before[0, 3] = sums, squares

    def scale_shift(self) -> Doubles:
        """a and d (2, C, B) of y = a·x + d. BatchNorms in training move their running averages."""
        statistics = self._fixed, self._mean, self._var, _EPSILON
        kernels.normalize(self._places, self._shares, self._counts, *statistics, self._gamma, self._beta, self._before)
        for k, norm in enumerate(self._norms):
            if isinstance(norm, BatchNorm) and norm.training:
                self._remember(k, norm)
        found: Doubles = self._before[-1, :2]
        return found

    def gradients(self, by_scale_shift: npt.NDArray[Any]) -> tuple[Doubles, Doubles, Doubles]:
        """From the gradients of a and d (2, C, B): those of Σx and Σx² (2, C, B), of γ and of β (K, C)."""
        slope = np.zeros(self._before.shape[1:])
        slope[:2] = by_scale_shift
        by_gamma, by_beta = np.empty_like(self._gamma), np.empty_like(self._beta)
        statistics = self._fixed, self._mean, self._var, _EPSILON
        parameters = self._gamma, self._beta, self._before
        kernels.normalize_gradient(
            self._places, self._shares, self._counts, *statistics, *parameters, slope, by_gamma, by_beta
        )
        return slope[2:], by_gamma, by_beta

    def _remember(self, k: int, norm: BatchNorm) -> None:
        """The mean over the ghosts, each weighted by its images; the variance of each is the unbiased one."""
        channels, images = self._before.shape[2:]
        ghosts = int(self._shares[k, 0].max()) + 1
        counts, mean, var = (
            v[k, : channels * ghosts].reshape(channels, ghosts) for v in (self._counts, self._mean, self._var)
        )
        share = counts / (self._places * images)
        unbiased = (share * var * counts / (counts - 1)).sum(1)
        norm.remember(torch.from_numpy((share * mean).sum(1)), torch.from_numpy(unbiased))


Kind = tuple[str, int]


def _is_fixed(norm: nn.Module) -> bool:
    return isinstance(norm, BatchNorm) and not norm.training


def _kind(norm: nn.Module) -> Kind:
    """What shares a mean: an image's channels in so many groups, or a channel's images in ghosts of a size (0: all)."""
    if isinstance(norm, BatchNorm):
        return "images", 0 if _is_fixed(norm) else norm.ghost
    assert isinstance(norm, nn.GroupNorm)
    return "channels", norm.num_groups


@lru_cache(maxsize=64)
def _shares(kinds: tuple[Kind, ...], channels: int, images: int, places: int) -> tuple[npt.NDArray[np.int32], Doubles]:
    """For each norm, by channel and image, the number of what shares a mean (K, C, B); and how many values each has.

    Ghost k of the q full ones has every q-th image from the k-th; images left over form one more.
    """
    shares = np.zeros((len(kinds), channels, images), dtype=np.int32)
    channel, image = np.arange(channels)[:, None], np.arange(images)[None, :]
    for k, (kind, size) in enumerate(kinds):
        if kind == "channels":
            shares[k] = channel // (channels // size) * images + image
        else:
            ghost = min(size or images, images)
            full = images // ghost
            ghosts = full + (images % ghost > 0)
            shares[k] = channel * ghosts + np.where(image < full * ghost, image % full, full)
    most = int(shares.max()) + 1 if kinds else 1
    counts = np.array([np.bincount(share.ravel(), minlength=most) for share in shares], dtype=np.float64)
    return shares, np.maximum(counts.reshape(len(kinds), most), 1) * places


def _doubles(parameters: list[Tensor], channels: int) -> Doubles:
    values = [parameter.detach().double().numpy() for parameter in parameters]
    return np.stack(values) if values else np.empty((0, channels))
